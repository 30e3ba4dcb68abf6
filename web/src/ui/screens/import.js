// Profiles from a sealed file. What is there already stays as it is.

import { plan, readHeader, readProfiles } from "../../store/transfer.js";
import { t } from "../../words/words.js";
import { field, form, h, submit } from "../dom.js";
import { Complaint } from "../explain.js";

export function importing(app) {
	const file = field(t("importFile"), { type: "file", accept: ".txt,.json,text/plain" });
	const passphrase = field(t("importPassphraseLabel"), {
		type: "password",
		autocomplete: "off",
	});
	return {
		title: t("import"),
		body: [
			h("p", {}, t("importText")),
			form(
				() =>
					app.tried(async () => {
						const [chosen] = file.input.files;
						if (!chosen) {
							throw new Complaint("importNone");
						}
						const sealed = await readHeader(chosen);
						const read = await readProfiles(sealed, passphrase.input.value);
						passphrase.input.value = "";
						await app.goHome(t("imported", await keep(app.vault, read)));
					}),
				file.row,
				passphrase.row,
				h("div", { class: "actions" }, submit(t("importIt"))),
			),
		],
		leave: () => (passphrase.input.value = ""),
	};
}

// keep takes over what is new. A counter that went on in the file goes on here too.
async function keep(vault, read) {
	const { profiles } = await vault.profiles();
	const { fresh, counters, known } = plan(profiles, read);
	if (fresh.length > 0) {
		await vault.add(fresh);
	}
	for (const { id, counter } of counters) {
		await vault.change(
			id,
			(p) => {
				const isFurther = BigInt(counter) > BigInt(p.token.counter);
				return isFurther ? { ...p, token: { ...p.token, counter } } : p;
			},
			false,
		);
	}
	return { n: fresh.length, known };
}
