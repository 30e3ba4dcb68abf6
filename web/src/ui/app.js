// The page: one screen at a time, the way back, what is said of what happened, and what becomes of
// it all when the page is hidden.
//
// A screen is a function of the page and what it is about. It returns {title, body, actions}, and
// may return: focus, the element to begin with; leave, called when it is over; hidden, called when
// the page is no longer seen; isPrivate, if the title names somebody; isHome, where there is no way
// back; menu, a button beside the title.

import { Conflict, SealError } from "../store/vault.js";
import { t } from "../words/words.js";
import { button, h, icon } from "./dom.js";
import { explain } from "./explain.js";
import { home } from "./screens/home.js";

const saidFor = 6000; // milliseconds
const lockAfter = 2 * 60 * 1000; // of being hidden, where there is a passphrase

export class App {
	vault = null;
	#screen = null;
	#stack = [];
	#shown = 0;
	#hiddenAt = 0;
	#lockTimer = 0;
	#sayTimer = 0;
	#root = h("div", { id: "app" });
	#status = h("p", { role: "status", class: "status" });
	notices = new Map(); // by their names: elements, or functions that make them

	constructor(place) {
		place.replaceChildren(this.#root, this.#status);
		history.replaceState({ depth: 0 }, "");
		addEventListener("popstate", (event) => this.#popped(event.state?.depth ?? 0));
		document.addEventListener("visibilitychange", () => this.#seen(!document.hidden));
		addEventListener("pagehide", () => this.#seen(false));
		addEventListener("pageshow", () => this.#seen(true));
	}

	get isHome() {
		return this.#stack.length === 0;
	}

	// go shows a screen, from which the way back leads here.
	go(screen, about = {}) {
		this.#stack.push({ screen, about });
		history.pushState({ depth: this.#stack.length }, "");
		return this.#render(screen, about);
	}

	// become shows a screen in the place of this one.
	become(screen, about = {}) {
		if (this.#stack.length === 0) {
			return this.go(screen, about);
		}
		this.#stack[this.#stack.length - 1] = { screen, about };
		return this.#render(screen, about);
	}

	// land shows a screen from which the way back leads home.
	land(screen, about) {
		const depth = this.#stack.length;
		if (depth === 0) {
			return this.go(screen, about);
		}
		this.#stack = [{ screen, about }];
		if (depth > 1) {
			history.go(1 - depth);
		}
		return this.#render(screen, about);
	}

	back() {
		history.back();
	}

	// goHome shows where everything begins: the profiles, or the lock.
	goHome(said = "") {
		const depth = this.#stack.length;
		this.#stack = [];
		if (depth > 0) {
			history.go(-depth);
		}
		return this.#render(home, {}, said);
	}

	#popped(depth) {
		if (depth === this.#stack.length) {
			return;
		}
		this.#stack.length = Math.min(depth, this.#stack.length);
		const { screen, about } = this.#stack.at(-1) ?? { screen: home, about: {} };
		this.#render(screen, about);
	}

	// again draws the screen anew, as it is needed when the language or a notice changes.
	again() {
		const { screen, about } = this.#stack.at(-1) ?? { screen: home, about: {} };
		return this.#render(screen, about);
	}

	async #render(screen, about, said = "") {
		const mine = ++this.#shown;
		this.#leave();
		let made;
		try {
			made = await screen(this, about);
		} catch (error) {
			made = this.#broken(error);
		}
		if (mine !== this.#shown) {
			made.leave?.(); // another one was faster
			return;
		}
		this.#screen = made;
		// what browsers write into their history names nobody
		document.title = made.isPrivate ? t("title") : made.title;
		const title = h("h1", { tabindex: "-1" }, made.title);
		const back = made.isHome
			? null
			: button(icon("back"), () => this.back(), {
					class: "round",
					"aria-label": t("back"),
				});
		this.#root.replaceChildren(
			h("header", {}, back, title, made.menu ?? null),
			h(
				"main",
				{},
				h("p", { role: "alert", class: "alert" }),
				...made.body.filter((part) => part !== null),
			),
			made.actions?.length > 0 ? h("footer", { class: "actions" }, ...made.actions) : "",
		);
		this.say(said);
		(made.focus ?? title).focus({ preventScroll: !made.focus });
		scrollTo(0, 0);
	}

	#leave() {
		this.#screen?.leave?.();
		this.#screen = null;
	}

	#broken(error) {
		if (this.#isLockedOut(error)) {
			this.goHome(t("lockedElsewhere"));
		}
		return {
			title: t("title"),
			body: [h("p", {}, explain(error))],
			actions: [button(t("begin"), () => location.reload(), { class: "main" })],
		};
	}

	#isLockedOut = (error) =>
		(error instanceof SealError || error instanceof Conflict) &&
		this.vault?.exists &&
		!this.vault.isOpen;

	// say tells what has happened, for a while.
	say(text) {
		clearTimeout(this.#sayTimer);
		this.#status.textContent = text;
		this.#sayTimer = setTimeout(() => (this.#status.textContent = ""), saidFor);
	}

	// complain tells what is wrong; nothing has changed then.
	complain(text) {
		const alert = this.#root.querySelector("[role=alert]");
		alert.textContent = text;
		if (text !== "") {
			alert.scrollIntoView({ block: "nearest" });
		}
	}

	// tried does something, and complains if it fails. It returns whether it did not.
	async tried(work) {
		this.complain("");
		this.say("");
		try {
			await work();
			return true;
		} catch (error) {
			if (this.#isLockedOut(error)) {
				await this.goHome(t("lockedElsewhere"));
			} else {
				this.complain(explain(error));
			}
			return false;
		}
	}

	lock() {
		this.vault.lock();
		return this.goHome();
	}

	#canLock = () => this.vault?.isOpen && this.vault.mode === "passphrase";

	#seen(isSeen) {
		clearTimeout(this.#lockTimer);
		if (!isSeen) {
			this.#hiddenAt = this.#hiddenAt || Date.now();
			this.#screen?.hidden?.();
			this.#lockTimer = setTimeout(() => this.#lockIfHidden(), lockAfter);
			return;
		}
		const wasHidden = this.#hiddenAt !== 0 && Math.abs(Date.now() - this.#hiddenAt);
		this.#hiddenAt = 0;
		if (wasHidden >= lockAfter && this.#canLock()) {
			this.lock();
		}
	}

	#lockIfHidden() {
		if (this.#hiddenAt !== 0 && this.#canLock()) {
			this.lock();
		}
	}
}
