// The first visit: how the secrets are to be kept.

import { t } from "../../words/words.js";
import { button, form, h, submit } from "../dom.js";
import { newPassphrase } from "../passphrase.js";
import { canInstall, install, isFile, isInstalled, isIOS, keep } from "../place.js";
import { language } from "./more.js";

export function welcome(app, notices) {
	return {
		title: t("title"),
		isHome: true,
		body: [
			...notices,
			h("p", { class: "lead" }, t("welcomeText")),
			installFirst(app),
			h("h2", {}, t("keepTitle")),
			h("p", {}, t("keepPassphrase")),
			button(t("withPassphrase"), () => app.go(withPassphrase), { class: "main wide" }),
			isFile ? h("p", { class: "hint" }, t("keepFile")) : h("p", {}, t("keepDevice")),
			isFile
				? null
				: button(
						t("withoutPassphrase"),
						() => app.tried(() => begin(app, null)),
						{ class: "wide" },
					),
			h("p", { class: "hint" }, t("welcomeImport")),
			language(app),
		],
	};
}

function installFirst(app) {
	if (isInstalled || isFile) {
		return null;
	}
	if (isIOS) {
		return h("p", { class: "notice" }, t("installIOS"));
	}
	if (!canInstall()) {
		return null;
	}
	return h(
		"div",
		{ class: "notice" },
		h("p", {}, t("installFirst")),
		button(t("install"), async () => {
			await install();
			await app.again();
		}),
	);
}

async function begin(app, passphrase) {
	await app.vault.create(passphrase);
	app.notices.delete("lost");
	await app.goHome();
	await keep(); // the browser may ask the person
}

function withPassphrase(app) {
	const { rows, focus, take } = newPassphrase(t("passphraseHint"));
	return {
		title: t("withPassphrase"),
		focus,
		body: [
			h("p", {}, t("passphraseText")),
			form(
				() => app.tried(async () => begin(app, take())),
				...rows,
				h("div", { class: "actions" }, submit(t("begin"))),
			),
		],
	};
}
