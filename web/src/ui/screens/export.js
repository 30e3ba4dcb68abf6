// All profiles in a sealed file.

import { exportText } from "../../store/transfer.js";
import { t } from "../../words/words.js";
import { button, form, h, submit } from "../dom.js";
import { Complaint } from "../explain.js";
import { newPassphrase } from "../passphrase.js";
import { isInstalled, isIOS } from "../place.js";

export function exporting(app) {
	const { rows, focus, take } = newPassphrase(t("exportPassphraseHint"));
	return {
		title: t("export"),
		focus,
		body: [
			h("p", {}, t("exportText")),
			form(
				() =>
					app.tried(async () => {
						const passphrase = take();
						const { profiles } = await app.vault.profiles();
						if (profiles.length === 0) {
							throw new Complaint("exportEmpty");
						}
						const text = await exportText(profiles, passphrase);
						await app.become(handOver, { text, n: profiles.length });
					}),
				...rows,
				h("div", { class: "actions" }, submit(t("exportMake"))),
			),
		],
	};
}

// handOver gives the file away, in a step of its own: browsers share and save only what a tap asks
// for, and making the key takes a while.
function handOver(app, { text, n }) {
	const day = new Date().toISOString().slice(0, 10);
	// ".txt", since phones do not share what they do not know
	const file = new File([text], `motp-token-${day}.txt`, { type: "text/plain" });
	const url = URL.createObjectURL(file);
	const done = async () => {
		await app.vault.exported();
		app.say(t("exported"));
	};
	const canShare = navigator.canShare?.({ files: [file] }) ?? false;
	const share = button(
		t("share"),
		() =>
			app.tried(async () => {
				try {
					await navigator.share({ files: [file] });
				} catch (error) {
					if (error.name === "AbortError") {
						return; // the person thought better of it
					}
					throw error.name === "NotAllowedError" ? new Complaint("shareFailed") : error;
				}
				await done();
			}),
		{ class: "main" },
	);
	// in an installed app of iOS, a download opens a page without a way back
	const canSave = !(isIOS && isInstalled && canShare);
	const save = h(
		"a",
		{ href: url, download: file.name, class: "button main", onclick: () => app.tried(done) },
		t("saveFile"),
	);
	return {
		title: t("export"),
		body: [
			h("p", { class: "lead" }, t("exportReady", { n })),
			h("p", { class: "mono" }, file.name),
			h("p", {}, t("exportKeep")),
		],
		actions: [canShare ? share : "", canSave ? save : ""],
		leave: () => URL.revokeObjectURL(url),
	};
}
