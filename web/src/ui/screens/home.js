// Where everything begins: the first visit, the lock, or the profiles.

import { kinds } from "../../engine/kinds.js";
import { SealError } from "../../store/seal.js";
import { t } from "../../words/words.js";
import { button, field, form, h, icon, named, submit } from "../dom.js";
import { Complaint } from "../explain.js";
import { canInstall, install, isFile, isInstalled } from "../place.js";
import { add } from "./add.js";
import { code } from "./code.js";
import { exporting } from "./export.js";
import { more } from "./more.js";
import { welcome } from "./welcome.js";

export async function home(app) {
	const { vault } = app;
	if (!vault.exists) {
		return welcome(app, notices(app));
	}
	if (!vault.isOpen && vault.mode === "device") {
		await vault.unlock();
	}
	return vault.isOpen ? list(app) : locked(app);
}

const menu = (app) =>
	button(icon("more"), () => app.go(more), { class: "round", "aria-label": t("more") });

const notices = (app) => [...app.notices.values()].map((make) => make());

function locked(app) {
	const { row, input } = field(t("passphrase"), {
		type: "password",
		autocomplete: "current-password",
	});
	const unlock = async () => {
		const typed = input.value;
		await app.tried(async () => {
			try {
				await app.vault.unlock(typed);
			} catch (error) {
				if (!(error instanceof SealError)) {
					throw error;
				}
				input.select();
				throw new Complaint(app.vault.exists ? "passphraseWrong" : "storageLost");
			}
			input.value = "";
			await app.goHome();
		});
	};
	return {
		title: t("lockedTitle"),
		isHome: true,
		menu: menu(app),
		focus: input,
		body: [
			...notices(app),
			h("p", {}, t("lockedText")),
			form(unlock, row, h("div", { class: "actions" }, submit(t("unlock")))),
		],
		leave: () => (input.value = ""),
	};
}

async function list(app) {
	const { profiles, damaged } = await app.vault.profiles();
	const rows = profiles.map((profile) =>
		h(
			"li",
			{},
			button(
				[
					h(
						"span",
						{ class: "names" },
						named(profile.user, { class: "user" }),
						named(profile.site, { class: "site" }),
					),
					h("span", { class: "badge" }, kinds[profile.token.kind].title),
					icon("next"),
				],
				() => app.go(code, { id: profile.id }),
				{ class: "profile" },
			),
		),
	);
	return {
		title: t("title"),
		isHome: true,
		menu: menu(app),
		body: [
			...notices(app),
			...reminders(app, profiles.length),
			damaged > 0 ? h("p", { class: "notice" }, t("damaged", { n: damaged })) : null,
			rows.length > 0
				? h("ul", { class: "profiles", "aria-label": t("profiles") }, rows)
				: h("div", { class: "empty" }, icon("spark"), h("p", {}, t("empty"))),
		],
		actions: [
			app.vault.mode === "passphrase"
				? button([icon("lock"), t("lock")], () => app.lock(), { class: "side" })
				: "",
			button([icon("plus"), t("add")], () => app.go(add), { class: "main" }),
		],
	};
}

function reminders(app, count) {
	const shown = [];
	if (count > 0 && app.vault.settings.unsaved) {
		shown.push(
			h(
				"div",
				{ class: "notice" },
				h("p", {}, t("remindExport")),
				button(t("exportNow"), () => app.go(exporting)),
			),
		);
	}
	if (canInstall() && !isInstalled && !isFile) {
		shown.push(
			h(
				"div",
				{ class: "notice" },
				h("p", {}, t("remindInstall")),
				button(t("install"), async () => {
					await install();
					await app.again();
				}),
			),
		);
	}
	return shown;
}
