// What there is to know of a profile, as the Info screen of the first token showed it, and what may
// be changed.

import { epoch } from "../../engine/code.js";
import { kinds } from "../../engine/kinds.js";
import { formatOffset, parseOffset } from "../../engine/offset.js";
import { t, time } from "../../words/words.js";
import { button, field, form, h, submit } from "../dom.js";
import { Complaint } from "../explain.js";
import { kindInWords, nameFields } from "./review.js";

export async function info(app, { id }) {
	const profile = await app.vault.profile(id);
	if (!profile) {
		throw new Complaint("goneElsewhere");
	}
	const hasClock = !kinds[profile.token.kind].counts;
	const clock = new Clock(profile.token);
	return {
		title: t("info"),
		body: [
			h("p", { class: "lead" }, kindInWords(profile.token)),
			hasClock ? clock.element : null,
			hasClock ? correction(app, profile, clock) : null,
			rename(app, profile),
			removal(app, profile),
		],
		leave: clock.start(),
	};
}

// A Clock shows what the token's clock shows.
class Clock {
	#epoch = h("dd", { class: "mono", translate: "no", "data-shown": "epoch" });
	#time = h("dd", { "data-shown": "time" });
	#zone = h("dd", {});
	#token;

	constructor(token) {
		this.#token = token;
		this.element = h(
			"dl",
			{},
			h("dt", {}, t("epoch")),
			this.#epoch,
			h("dd", { class: "hint" }, t("epochHint")),
			h("dt", {}, t("time")),
			this.#time,
			h("dt", {}, t("zone")),
			this.#zone,
		);
	}

	set token(token) {
		this.#token = token;
		this.#show();
	}

	#show() {
		const now = Date.now();
		this.#epoch.textContent = epoch(this.#token, now);
		this.#time.textContent = time(now + this.#token.offset * 1000);
		this.#zone.textContent = zone(new Date(now));
	}

	start() {
		this.#show();
		const timer = setInterval(() => this.#show(), 1000);
		return () => clearInterval(timer);
	}
}

function zone(now) {
	const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
	const minutes = -now.getTimezoneOffset();
	const two = (n) => String(Math.abs(Math.trunc(n))).padStart(2, "0");
	const sign = minutes < 0 ? "-" : "+";
	return `${timeZone ?? ""} (UTC${sign}${two(minutes / 60)}:${two(minutes % 60)})`;
}

// correction is for a device whose own clock cannot be set.
function correction(app, profile, clock) {
	const { row, input } = field(
		t("offset"),
		{ value: formatOffset(profile.token.offset), dir: "ltr", autocapitalize: "none" },
		t("offsetHint"),
	);
	return section(
		t("offsetTitle"),
		form(
			() =>
				app.tried(async () => {
					const offset = parseOffset(input.value);
					if (offset === null) {
						input.focus();
						throw new Complaint("offsetWrong");
					}
					const { token } = await app.vault.change(profile.id, (p) => ({
						...p,
						token: { ...p.token, offset },
					}));
					input.value = formatOffset(offset);
					clock.token = token;
					app.say(t("saved"));
				}),
			row,
			submit(t("save"), { class: "" }),
		),
	);
}

function rename(app, profile) {
	const names = nameFields(profile);
	return section(
		t("rename"),
		form(
			() =>
				app.tried(async () => {
					const named = names.take();
					await app.vault.change(profile.id, (p) => ({ ...p, ...named }));
					app.say(t("saved"));
				}),
			...names.rows,
			submit(t("save"), { class: "" }),
		),
	);
}

function removal(app, profile) {
	return section(
		t("remove"),
		h("p", {}, t("removeText")),
		confirmed(t("remove"), t("removeSure"), () =>
			app.tried(async () => {
				await app.vault.remove(profile.id);
				await app.goHome(t("removed"));
			}),
		),
	);
}

export const section = (title, ...inside) =>
	h("section", {}, h("h2", {}, title), ...inside);

// confirmed is a button that asks once more.
export function confirmed(label, question, act) {
	const sure = button(question, act, { class: "danger" });
	const first = button(
		label,
		() => {
			first.replaceWith(sure);
			sure.focus();
		},
		{ class: "danger" },
	);
	return first;
}
