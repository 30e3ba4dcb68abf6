// Making the page's elements. Text is only ever text here: no markup of anybody's is read.

// h makes an element: its attributes, of which on… are listeners, and what is in it.
export function h(name, attributes = {}, ...inside) {
	const element = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith("on")) {
			element.addEventListener(key.slice(2), value);
		} else if (value === true) {
			element.setAttribute(key, "");
		} else if (value !== false && value !== null && value !== undefined) {
			element.setAttribute(key, value);
		}
	}
	element.append(...inside.flat().filter((part) => part !== null && part !== undefined));
	return element;
}

const svg = "http://www.w3.org/2000/svg";

// icon draws one of a few signs. It is for those who see; a text says the same.
export function icon(name) {
	const picture = document.createElementNS(svg, "svg");
	picture.setAttribute("viewBox", "0 0 24 24");
	picture.setAttribute("class", "icon");
	picture.setAttribute("aria-hidden", "true");
	const path = document.createElementNS(svg, "path");
	path.setAttribute("d", icons[name]);
	picture.append(path);
	return picture;
}

const icons = {
	back: "M15 5l-7 7 7 7",
	plus: "M12 5v14M5 12h14",
	more: "M4 7h16M4 12h16M4 17h16",
	lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
	camera: "M4 8h3.5L9 6h6l1.5 2H20v11H4zM12 10.2a3.1 3.1 0 1 0 0 6.2 3.1 3.1 0 0 0 0-6.2z",
	picture: "M4 5h16v14H4zM4 16l5-5 4 4 2-2 5 5M15.5 8.3a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4z",
	link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
	keyboard: "M3 6h18v12H3zM7 10h.01M12 10h.01M17 10h.01M8 14h8",
	spark: "M12 3l2 6 6 3-6 3-2 6-2-6-6-3 6-3z",
	copy: "M9 9h11v11H9zM5 15V4h10",
	info: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 11v6M12 7.5h.01",
	next: "M9 5l7 7-7 7",
};

// name shows what a site and a user are called. Names of any script and direction keep to
// themselves.
export const named = (text, attributes = {}) => h("bdi", attributes, text);

// button makes one that cannot be pressed again while what it does goes on.
export function button(label, act, attributes = {}) {
	const made = h(
		"button",
		{
			type: "button",
			...attributes,
			async onclick() {
				if (made.getAttribute("aria-busy") === "true") {
					return;
				}
				made.setAttribute("aria-busy", "true");
				try {
					await act(made);
				} finally {
					made.removeAttribute("aria-busy");
				}
			},
		},
		label,
	);
	return made;
}

let numbers = 0;

// field is a labeled input, with a hint below it.
export function field(label, attributes = {}, hint = null, tag = "input", inside = []) {
	const id = `f${++numbers}`;
	const described = hint === null ? undefined : `${id}-hint`;
	const input = h(
		tag,
		{ id, autocomplete: "off", spellcheck: "false", "aria-describedby": described, ...attributes },
		inside,
	);
	const row = h(
		"div",
		{ class: "field" },
		h("label", { for: id }, label),
		input,
		hint === null ? null : h("p", { id: described, class: "hint" }, hint),
	);
	return { row, input };
}

// choice is a labeled list to pick one of: [value, text] each.
export function choice(label, options, chosen, hint = null) {
	const made = field(
		label,
		{},
		hint,
		"select",
		options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
	);
	return made;
}

// form calls act when it is sent, by its button or the Enter key. Nothing is ever sent anywhere.
export function form(act, ...inside) {
	const made = h(
		"form",
		{
			novalidate: true,
			async onsubmit(event) {
				event.preventDefault();
				if (made.getAttribute("aria-busy") === "true") {
					return;
				}
				made.setAttribute("aria-busy", "true");
				try {
					await act(made);
				} finally {
					made.removeAttribute("aria-busy");
				}
			},
		},
		...inside,
	);
	return made;
}

export const submit = (label, attributes = {}) =>
	h("button", { type: "submit", class: "main", ...attributes }, label);
