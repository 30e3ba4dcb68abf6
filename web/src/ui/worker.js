// The service worker, by which the page works offline, and new versions of it.

import { t } from "../words/words.js";
import { button, h } from "./dom.js";

// The only text that this page ever takes for an address of a script.
const workerFile = "worker.js";

const trusted = globalThis.trustedTypes?.createPolicy("motp", {
	createScriptURL(url) {
		if (url !== workerFile) {
			throw new TypeError("no script of this page");
		}
		return url;
	},
}) ?? { createScriptURL: (url) => url };

export async function startWorker(app) {
	const container = navigator.serviceWorker;
	if (!container) {
		return;
	}
	let registration;
	try {
		registration = await container.register(trusted.createScriptURL(workerFile), {
			// asked for again once its time in the browser's cache is over, not at each visit
			updateViaCache: "all",
		});
	} catch {
		return; // the page works, as long as there is a net
	}
	const look = () => {
		if (registration.waiting && container.controller) {
			tell(app, registration);
		}
	};
	look();
	registration.addEventListener("updatefound", () => {
		registration.installing?.addEventListener("statechange", look);
	});
}

// tell offers the new version. It is not taken while somebody is in the middle of something.
function tell(app, registration) {
	app.notices.set("version", () =>
		h(
			"div",
			{ class: "notice" },
			h("p", {}, t("newVersion")),
			button(t("useNew"), () => take(registration)),
		),
	);
	if (app.isHome) {
		app.again();
	}
}

// take has the new worker take over, and opens the page anew, which is the new one then.
function take(registration) {
	const reload = () => location.reload();
	navigator.serviceWorker.addEventListener("controllerchange", reload, { once: true });
	if (registration.waiting) {
		registration.waiting.postMessage("now");
	} else {
		reload(); // another tab has taken it
	}
}
