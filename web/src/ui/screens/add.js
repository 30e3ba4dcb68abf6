// The ways to add a profile.

import { parse } from "../../engine/uri.js";
import { readPicture } from "../../qr/read.js";
import { t } from "../../words/words.js";
import { button, field, form, h, icon, submit } from "../dom.js";
import { Complaint } from "../explain.js";
import { make } from "./make.js";
import { review } from "./review.js";
import { scan } from "./scan.js";
import { typed } from "./typed.js";

const largest = 50 * 1024 * 1024; // bytes of a picture

export function add(app) {
	const file = h("input", {
		type: "file",
		accept: "image/*",
		hidden: true,
		async onchange() {
			const [picture] = file.files;
			file.value = "";
			if (picture) {
				await app.tried(() => takePicture(app, picture));
			}
		},
	});
	const way = (name, act) =>
		h(
			"li",
			{},
			button(
				[
					icon(name),
					h(
						"span",
						{ class: "names" },
						h("span", { class: "user" }, t(`add_${name}`)),
						h("span", { class: "site" }, t(`add_${name}_hint`)),
					),
				],
				act,
				{ class: "profile", "data-way": name },
			),
		);
	const pasted = (event) => {
		const picture = [...event.clipboardData.files].find((f) => f.type.startsWith("image/"));
		if (picture) {
			event.preventDefault();
			app.tried(() => takePicture(app, picture));
		}
	};
	document.addEventListener("paste", pasted);
	return {
		title: t("addTitle"),
		body: [
			h(
				"ul",
				{ class: "profiles" },
				way("camera", () => app.go(scan)),
				way("picture", () => file.click()),
				way("link", () => app.go(paste)),
				way("keyboard", () => app.go(typed)),
				way("spark", () => app.go(make)),
			),
			file,
		],
		leave: () => document.removeEventListener("paste", pasted),
	};
}

async function takePicture(app, file) {
	if (file.size > largest) {
		throw new Complaint("pictureLarge");
	}
	let text;
	try {
		text = await readPicture(file);
	} catch {
		throw new Complaint("pictureNone");
	}
	if (text === null) {
		throw new Complaint("pictureEmpty");
	}
	await app.go(review, { found: parse(text) });
}

function paste(app) {
	const { row, input } = field(
		t("uri"),
		{ rows: "4", autocapitalize: "none", dir: "ltr" },
		t("uriHint"),
		"textarea",
	);
	return {
		title: t("add_link"),
		focus: input,
		body: [
			form(
				() =>
					app.tried(async () => {
						const found = parse(input.value);
						input.value = "";
						await app.become(review, { found });
					}),
				row,
				h("div", { class: "actions" }, submit(t("next"))),
			),
		],
		leave: () => (input.value = ""),
	};
}
