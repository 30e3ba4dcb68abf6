// What is not about one profile.

import { languages } from "../../words/languages.js";
import { speak, t } from "../../words/words.js";
import { button, choice, form, h, submit } from "../dom.js";
import { newPassphrase } from "../passphrase.js";
import { isFile, isInstalled, isKept } from "../place.js";
import { exporting } from "./export.js";
import { importing } from "./import.js";
import { confirmed, section } from "./info.js";

export async function more(app) {
	const isOpen = app.vault.isOpen;
	return {
		title: t("more"),
		body: [
			isOpen
				? section(
						t("copies"),
						h("p", {}, t("copiesText")),
						h(
							"div",
							{ class: "row" },
							button(t("export"), () => app.go(exporting), { "data-act": "export" }),
							button(t("import"), () => app.go(importing), { "data-act": "import" }),
						),
					)
				: null,
			isOpen ? keeping(app) : null,
			language(app),
			section(
				t("about"),
				h("p", {}, t("aboutText")),
				h("p", { class: "hint" }, (await isKept()) ? t("kept") : t("notKept")),
				h("p", { class: "hint" }, isInstalled ? t("isInstalled") : ""),
				h("p", { class: "hint mono", translate: "no" }, t("version", { v: version() })),
			),
			section(
				t("erase"),
				h("p", {}, t("eraseText")),
				confirmed(t("erase"), t("eraseSure"), () =>
					app.tried(async () => {
						await app.vault.erase();
						location.reload();
					}),
				),
			),
		],
	};
}

const version = () => document.querySelector("meta[name=version]").content;

// language lets a person choose one.
export function language(app) {
	const options = Object.entries(languages).map(([tag, { itself }]) => [tag, itself]);
	const { row, input } = choice(t("language"), options, document.documentElement.lang);
	input.addEventListener("change", () =>
		app.tried(async () => {
			speak(input.value);
			await app.vault.set("language", input.value);
			await app.again();
		}),
	);
	return row;
}

function keeping(app) {
	const { mode } = app.vault;
	return section(
		t("keepTitle"),
		h("p", {}, t(mode === "passphrase" ? "keptByPassphrase" : "keptByDevice")),
		button(t(mode === "passphrase" ? "changePassphrase" : "setPassphrase"), () =>
			app.go(changing),
		),
		mode === "passphrase" && !isFile
			? confirmed(t("dropPassphrase"), t("dropPassphraseSure"), () =>
					app.tried(async () => {
						await app.vault.rekey(null);
						await app.goHome(t("saved"));
					}),
				)
			: null,
	);
}

function changing(app) {
	const { rows, focus, take } = newPassphrase(t("passphraseHint"));
	return {
		title: t("changePassphrase"),
		focus,
		body: [
			h("p", {}, t("passphraseText")),
			form(
				() =>
					app.tried(async () => {
						await app.vault.rekey(take());
						await app.goHome(t("saved"));
					}),
				...rows,
				h("div", { class: "actions" }, submit(t("save"))),
			),
		],
	};
}
