// A profile whose secret is typed in.

import { algorithms, isToken, kinds, limits, token } from "../../engine/kinds.js";
import { typedSecret } from "../../engine/secret.js";
import { t } from "../../words/words.js";
import { choice, field, form, h, submit } from "../dom.js";
import { Complaint } from "../explain.js";
import { nameFields, review } from "./review.js";

export function typed(app) {
	const kind = kindField();
	const names = nameFields({});
	const secret = field(
		t("secret"),
		{ autocapitalize: "none", dir: "ltr", class: "mono" },
		t("secretHint_motp"),
	);
	const settings = settingFields();
	const show = () => {
		secret.row.querySelector(".hint").textContent = t(`secretHint_${kind.input.value}`);
		settings.showFor(kind.input.value);
	};
	kind.input.addEventListener("change", show);
	show();
	return {
		title: t("add_keyboard"),
		body: [
			form(
				() =>
					app.tried(async () => {
						const said = { kind: kind.input.value, ...settings.take(kind.input.value) };
						const read = typedSecret(said.kind, secret.input.value);
						if (read.wrong) {
							secret.input.focus();
							throw new Complaint(read.wrong);
						}
						const found = { ...names.take(), token: token({ ...said, secret: read.secret }) };
						if (!isToken(found.token)) {
							throw new Complaint("tokenWrong");
						}
						secret.input.value = "";
						await app.become(review, { found });
					}),
				kind.row,
				...names.rows,
				secret.row,
				settings.details,
				h("div", { class: "actions" }, submit(t("next"))),
			),
		],
		leave: () => (secret.input.value = ""),
	};
}

export const kindField = () =>
	choice(
		t("kind"),
		Object.entries(kinds).map(([kind, { title }]) => [kind, title]),
		"motp",
		t("kindHint"),
	);

// settingFields are those of what TOTP and HOTP leave open.
export function settingFields() {
	const number = (label, value) => field(label, { value, inputmode: "numeric" });
	const algorithm = choice(t("algorithm"), algorithms.map((a) => [a, a]), "SHA1");
	const digits = choice(t("digits"), ["6", "7", "8"].map((n) => [n, n]), "6");
	const period = number(t("period"), "30");
	const t0 = number(t("t0"), "0");
	const counter = number(t("counter"), "0");
	const details = h(
		"details",
		{},
		h("summary", {}, t("settings")),
		...[algorithm, digits, period, t0, counter].map(({ row }) => row),
	);
	const showFor = (kind) => {
		details.hidden = kind === "motp";
		counter.row.hidden = kind !== "hotp";
		period.row.hidden = t0.row.hidden = kind === "hotp";
	};
	const within = ({ input }, most, word) => {
		const text = input.value.trim();
		if (!/^[0-9]{1,19}$/.test(text) || BigInt(text) > most) {
			details.open = true;
			input.focus();
			throw new Complaint(word);
		}
		return text;
	};
	const take = (kind) => {
		if (kind === "motp") {
			return {};
		}
		const said = { algorithm: algorithm.input.value, digits: Number(digits.input.value) };
		if (kind === "hotp") {
			const text = within(counter, limits.counter, "counterWrong");
			return { ...said, counter: String(BigInt(text)) };
		}
		const seconds = Number(within(period, BigInt(limits.period), "periodWrong"));
		if (seconds < 1) {
			throw new Complaint("periodWrong");
		}
		return { ...said, period: seconds, t0: Number(within(t0, BigInt(limits.t0), "t0Wrong")) };
	};
	return { details, showFor, take };
}
