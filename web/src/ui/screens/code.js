// The code of a profile.

import { codeAt, secondsLeft, step } from "../../engine/code.js";
import { utf8 } from "../../engine/bytes.js";
import { kinds, limits } from "../../engine/kinds.js";
import { t } from "../../words/words.js";
import { button, field, form, h, icon, named, submit } from "../dom.js";
import { Complaint } from "../explain.js";
import { info } from "./info.js";

// How long codes of a Mobile-OTP token follow one another before the PIN is asked for again.
const mostShown = 2 * 60 * 1000;

export async function code(app, { id }) {
	const profile = await app.vault.profile(id);
	if (!profile) {
		return gone(app);
	}
	const { token } = profile;
	const kind = kinds[token.kind];
	const face = new Face(app, token);
	const place = h("div", { class: "face" });
	const screen = {
		title: profile.user,
		isPrivate: true,
		menu: button(icon("info"), () => app.go(info, { id }), {
			class: "round",
			"aria-label": t("info"),
		}),
		body: [h("p", { class: "site center" }, named(profile.site)), place],
		leave: () => face.clear(),
	};
	if (kind.pin) {
		const ask = askPIN(app, place, face);
		ask.show();
		screen.focus = ask.input;
		screen.hidden = ask.show;
	} else if (kind.counts) {
		countUp(app, id, place, face);
		screen.hidden = () => face.clear();
	} else {
		place.append(face.element);
		face.follow();
		screen.hidden = () => face.clear();
		screen.body.push(h("p", { class: "hint center" }, t("pinBefore")));
		screen.leave = keepSeen(face);
	}
	return screen;
}

function gone(app) {
	return {
		title: t("title"),
		body: [h("p", {}, t("goneElsewhere"))],
		actions: [button(t("back"), () => app.goHome(), { class: "main" })],
	};
}

// keepSeen shows the code of a clock again when the page is seen again.
function keepSeen(face) {
	const seen = () => {
		if (!document.hidden) {
			face.follow();
		}
	};
	document.addEventListener("visibilitychange", seen);
	return () => {
		document.removeEventListener("visibilitychange", seen);
		face.clear();
	};
}

// askPIN asks for the PIN of a Mobile-OTP token, each time. It is kept nowhere, and forgotten with
// the code.
function askPIN(app, place, face) {
	// to browsers, a password that is used once is nothing to remember
	const pin = field(t("pin"), {
		type: "password",
		inputmode: "numeric",
		autocomplete: "one-time-code",
		autocapitalize: "none",
		maxlength: limits.pin,
	});
	const letters = button(t("pinLetters"), () => {
		const areNumbers = pin.input.inputMode === "numeric";
		pin.input.inputMode = areNumbers ? "text" : "numeric";
		letters.textContent = t(areNumbers ? "pinDigits" : "pinLetters");
		pin.input.focus();
	});
	letters.className = "small";
	const asking = form(
		() =>
			app.tried(async () => {
				const typed = pin.input.value;
				if (typed === "") {
					throw new Complaint("pinEmpty");
				}
				if (utf8(typed).length > limits.pin) {
					throw new Complaint("pinLong");
				}
				pin.input.value = "";
				place.replaceChildren(face.element, again);
				face.follow(typed, mostShown, show);
			}),
		pin.row,
		letters,
		h("div", { class: "actions" }, submit(t("showCode"))),
	);
	const again = button(t("pinAgain"), () => show(), { class: "wide" });
	function show() {
		face.clear();
		pin.input.value = "";
		place.replaceChildren(asking);
		if (!document.hidden) {
			pin.input.focus();
		}
	}
	return { show, input: pin.input };
}

// countUp makes the next code of a counter, which is used up before it is shown.
function countUp(app, id, place, face) {
	const number = h("p", { class: "hint center" }, t("nextHint"));
	const next = button(
		t("nextCode"),
		async () => {
			face.clear();
			await app.tried(async () => {
				const { token } = await app.vault.nextCounter(id);
				await face.show(token, BigInt(token.counter));
				number.textContent = t("codeNumber", { n: token.counter });
			});
		},
		{ class: "main wide" },
	);
	place.append(face.element, number, next);
}

// A Face shows a code and how long it is good.
class Face {
	#app;
	#token;
	#timer = 0;
	#turn = 0;
	#code = "";
	#shown = h("span", { class: "digits", "aria-hidden": "true" });
	#spoken = h("p", { class: "spoken", "aria-live": "polite", "aria-atomic": "true" });
	#left = h("p", { class: "left", role: "timer", "aria-live": "off" });
	#bar = h("div", { class: "bar", "aria-hidden": "true" }, h("div"));

	constructor(app, token) {
		this.#app = app;
		this.#token = token;
		this.copy = button(
			[this.#shown, h("span", { class: "copy" }, icon("copy"), t("copyCode"))],
			() => this.#copied(),
			{ class: "code", translate: "no", disabled: true },
		);
		this.element = h("div", {}, this.copy, this.#spoken, this.#bar, this.#left);
		this.clear();
	}

	// clear forgets the code and whatever made it.
	clear() {
		clearTimeout(this.#timer);
		this.#turn++;
		this.#code = "";
		this.#shown.textContent = "––––––";
		this.#spoken.textContent = "";
		this.#left.textContent = "";
		this.#bar.hidden = true;
		this.copy.disabled = true;
	}

	// follow shows the code of now, and the next ones, for so many milliseconds. over is called
	// then.
	follow(pin = "", most = Infinity, over = () => {}) {
		this.clear();
		const turn = this.#turn;
		const token = this.#token;
		const until = performance.now() + most;
		let last = null;
		const look = async () => {
			if (turn !== this.#turn) {
				return;
			}
			if (performance.now() >= until) {
				over();
				return;
			}
			const number = step(token, Date.now());
			if (number !== last) {
				const made = await codeAt(token, number, pin);
				if (turn !== this.#turn) {
					return;
				}
				last = number;
				this.#put(made);
			}
			const now = Date.now();
			if (step(token, now) === last) {
				this.#count(secondsLeft(token, now), token.period);
			}
			// to the beginning of the next second: so the counting does not lag behind, and a
			// clock that was set is followed within one
			this.#timer = setTimeout(look, 1005 - (now % 1000));
		};
		look();
	}

	// show shows one code that no clock ends.
	async show(token, number) {
		this.clear();
		const turn = this.#turn;
		const made = await codeAt(token, number);
		if (turn === this.#turn) {
			this.#put(made);
		}
	}

	#put(made) {
		this.#code = made;
		this.#shown.textContent = made;
		this.#spoken.textContent = [...made].join(" ");
		this.copy.disabled = false;
	}

	#count(left, period) {
		this.#bar.hidden = false;
		this.#bar.firstChild.style.setProperty("transform", `scaleX(${left / period})`);
		this.#bar.classList.toggle("late", left <= Math.min(5, period / 3));
		this.#left.textContent = t("secondsLeft", { n: left });
	}

	async #copied() {
		try {
			await navigator.clipboard.writeText(this.#code);
			this.#app.say(t("copied"));
		} catch {
			this.#app.say(t("copyFailed"));
		}
	}
}
