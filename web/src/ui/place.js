// Where the page is: on what kind of device, installed or in a tab, from a server or from disk.

export const isFile = location.protocol === "file:";

export const isInstalled =
	navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;

// Only Safari on iOS and iPadOS knows that property.
export const isIOS = "standalone" in navigator;

// The browser's own offer to install the page, where there is one.
let offer = null;

export function watchInstall(changed) {
	addEventListener("beforeinstallprompt", (event) => {
		event.preventDefault();
		offer = event;
		changed();
	});
	addEventListener("appinstalled", () => {
		offer = null;
		changed();
	});
}

export const canInstall = () => offer !== null;

export async function install() {
	await offer?.prompt();
	offer = null;
}

// cannot says by a word why the page cannot work here, or "".
export function cannot() {
	if (top !== self) {
		return "framed";
	}
	if (!isSecureContext) {
		return "plainHTTP";
	}
	if (!globalThis.crypto?.subtle) {
		return "noCrypto";
	}
	return globalThis.indexedDB ? "" : "noStorage";
}

// keep asks the browser not to clear the page's storage by itself. It may say no.
export async function keep() {
	try {
		return (await navigator.storage?.persist?.()) ?? false;
	} catch {
		return false;
	}
}

export async function isKept() {
	try {
		return (await navigator.storage?.persisted?.()) ?? false;
	} catch {
		return false;
	}
}
