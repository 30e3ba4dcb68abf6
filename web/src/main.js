// Where the page begins.

import { Late } from "./store/db.js";
import { Newer, Vault } from "./store/vault.js";
import { App } from "./ui/app.js";
import { h } from "./ui/dom.js";
import { cannot, isFile, watchInstall } from "./ui/place.js";
import { startWorker } from "./ui/worker.js";
import { speak, t } from "./words/words.js";

// How often the page is loaded anew because the storage does not answer.
const most = 3;

async function begin() {
	speak();
	const place = document.body;
	const why = cannot();
	if (why !== "") {
		place.replaceChildren(sentence(why));
		return;
	}
	const { lost = false, tries = 0 } = history.state ?? {};
	const anew = (state) => {
		history.replaceState(state, "");
		location.reload();
	};
	const app = new App(place);
	try {
		app.vault = await Vault.open(() => anew({ lost: true }));
	} catch (error) {
		if (error instanceof Late && tries < most) {
			anew({ lost, tries: tries + 1 });
		} else {
			place.replaceChildren(sentence(error instanceof Newer ? "newer" : "noStorage"));
		}
		return;
	}
	if (lost && !app.vault.exists) {
		app.notices.set("lost", () => h("p", { class: "notice" }, t("storageLost")));
	}
	speak(app.vault.settings.language);
	watchInstall(() => app.isHome && app.again());
	await app.goHome();
	if (!isFile) {
		const manifest = { rel: "manifest", href: "manifest.webmanifest" };
		document.head.append(h("link", manifest));
		await startWorker(app);
	}
}

const sentence = (why) => h("main", {}, h("h1", {}, t("title")), h("p", { role: "alert" }, t(why)));

begin();
