// A profile with a secret of its own making, which is shown this once.

import { token } from "../../engine/kinds.js";
import { newSecret } from "../../engine/secret.js";
import { format, secretInWords } from "../../engine/uri.js";
import { draw } from "../../qr/draw.js";
import { t } from "../../words/words.js";
import { button, form, h, submit } from "../dom.js";
import { code } from "./code.js";
import { nameFields } from "./review.js";
import { kindField, settingFields } from "./typed.js";

export function make(app) {
	const kind = kindField();
	const names = nameFields({});
	const settings = settingFields();
	kind.input.addEventListener("change", () => settings.showFor(kind.input.value));
	settings.showFor(kind.input.value);
	return {
		title: t("add_spark"),
		body: [
			h("p", {}, t("makeText")),
			form(
				() =>
					app.tried(async () => {
						const said = settings.take(kind.input.value);
						const secret = newSecret(kind.input.value);
						const named = names.take();
						const made = token({ kind: kind.input.value, ...said, secret });
						const [id] = await app.vault.add([{ ...named, token: made }]);
						await app.land(handOut, { id, profile: { ...named, token: made } });
					}),
				kind.row,
				...names.rows,
				settings.details,
				h("div", { class: "actions" }, submit(t("makeIt"))),
			),
		],
	};
}

// handOut shows a new secret once: to be told to the server.
function handOut(app, { id, profile }) {
	const user = /^[\w.@-]+$/.test(profile.user) ? profile.user : "USER";
	const secret = secretInWords(profile.token);
	const words = ["motp add", user, ...kindArguments(profile.token), "--secret", secret];
	const command = words.flatMap((word) => [h("span", { class: "word" }, word), " "]);
	return {
		title: t("handOutTitle"),
		body: [
			h("p", { class: "notice" }, t("handOutText")),
			h("p", { class: "label" }, t("secret")),
			h("p", { class: "secret", translate: "no" }, h("code", {}, secret)),
			h("p", { class: "label" }, t("handOutCommand")),
			h("p", { class: "secret", translate: "no" }, h("code", {}, command)),
			draw(format(profile), t("qrOf")),
			h("p", { class: "hint center" }, t("handOutQR")),
			button(t("seen"), () => app.land(code, { id }), { class: "main wide" }),
		],
	};
}

function kindArguments(made) {
	if (made.kind === "motp") {
		return [];
	}
	const said = [`--type ${made.kind}`];
	if (made.algorithm !== "SHA1") {
		said.push(`--algorithm ${made.algorithm}`);
	}
	if (made.digits !== 6) {
		said.push(`--digits ${made.digits}`);
	}
	if (made.kind === "totp" && made.period !== 30) {
		said.push(`--period ${made.period}`);
	}
	if (made.kind === "hotp" && made.counter !== "0") {
		said.push(`--counter ${made.counter}`);
	}
	return said;
}
