// A token that was found is looked at before it is kept.

import { kinds } from "../../engine/kinds.js";
import { cleanName } from "../../engine/names.js";
import { flaw } from "../../engine/secret.js";
import { t } from "../../words/words.js";
import { button, field, form, h, named, submit } from "../dom.js";
import { Complaint } from "../explain.js";
import { code } from "./code.js";

// review is about found: {site, user, token}.
export async function review(app, { found }) {
	const { profiles } = await app.vault.profiles();
	const twin = profiles.find(
		(p) => p.token.kind === found.token.kind && p.token.secret === found.token.secret,
	);
	const names = nameFields(found);
	const why = flaw(found.token);
	return {
		title: t("reviewTitle"),
		body: [
			h("p", { class: "lead" }, kindInWords(found.token)),
			twin
				? h(
						"div",
						{ class: "notice" },
						h("p", {}, t("twin"), " ", named(`${twin.user} · ${twin.site}`)),
						button(t("twinOpen"), () => app.land(code, { id: twin.id })),
					)
				: null,
			why === "" ? null : h("p", { class: "notice" }, t(why)),
			form(
				() => app.tried(() => save(app, names.take(), found.token)),
				...names.rows,
				h("div", { class: "actions" }, submit(t("save"))),
			),
		],
	};
}

async function save(app, named, token) {
	const [id] = await app.vault.add([{ ...named, token }]);
	await app.land(code, { id });
	app.say(t("saved"));
}

// nameFields are those of a site and a user, and take, which returns them cleaned or complains.
export function nameFields({ site = "", user = "" }) {
	const ofSite = field(t("site"), { value: cleanName(site), dir: "auto" }, t("siteHint"));
	const ofUser = field(
		t("user"),
		{ value: cleanName(user), dir: "auto", autocapitalize: "none" },
		t("userHint"),
	);
	const take = () => {
		const name = cleanName(ofUser.input.value);
		if (name === "") {
			ofUser.input.focus();
			throw new Complaint("userEmpty");
		}
		return { site: cleanName(ofSite.input.value), user: name };
	};
	return { rows: [ofSite.row, ofUser.row], take };
}

// kindInWords tells of a token all but its secret.
export function kindInWords(token) {
	const parts = [kinds[token.kind].title];
	if (!kinds[token.kind].text) {
		parts.push(token.algorithm, t("digitsOf", { n: token.digits }));
	}
	parts.push(
		kinds[token.kind].counts
			? t("counterOf", { n: token.counter })
			: t("secondsOf", { n: token.period }),
	);
	return parts.join(" · ");
}
