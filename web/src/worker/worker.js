// The service worker: it keeps the page's files, each with the SHA-384 that the build has given it,
// and answers from them alone. build.mjs puts in the two names below.

/* global FILES, VERSION */

const cacheName = `motp-token-${VERSION}`;
// The page goes by the folder's name: some servers send whoever asks for index.html there, and the
// answer of a detour is no answer to who opens the page.
const page = "./";

const url = (name) => new URL(name, self.registration.scope).href;

// get fetches a file, if it is the very one that was built.
const get = (name) =>
	fetch(new Request(url(name), { cache: "reload", integrity: FILES[name], mode: "same-origin" }));

self.addEventListener("install", (event) => event.waitUntil(install()));

// install takes all files or none: of a deployment that is half copied nothing stays.
async function install() {
	const cache = await caches.open(cacheName);
	try {
		for (const name of Object.keys(FILES)) {
			const answer = await get(name);
			if (!answer.ok) {
				throw new Error(`${name}: ${answer.status}`);
			}
			await cache.put(url(name), answer);
		}
	} catch (error) {
		await caches.delete(cacheName);
		throw error;
	}
}

self.addEventListener("activate", (event) => event.waitUntil(activate()));

async function activate() {
	for (const name of await caches.keys()) {
		if (name.startsWith("motp-token-") && name !== cacheName) {
			await caches.delete(name);
		}
	}
	await self.clients.claim();
}

self.addEventListener("message", (event) => {
	if (event.data === "now") {
		self.skipWaiting();
	}
});

self.addEventListener("fetch", (event) => {
	const name = nameOf(event.request);
	if (name !== null) {
		event.respondWith(answer(name));
	}
});

// nameOf is the file that a request is for, or null.
function nameOf(request) {
	const { href } = new URL(request.url.split(/[?#]/)[0]);
	if (request.method !== "GET") {
		return null;
	}
	if (href === url("index.html")) {
		return page;
	}
	return Object.keys(FILES).find((name) => href === url(name)) ?? null;
}

// answer falls back to the server where the browser has cleared the cache, and then too takes only
// what was built.
async function answer(name) {
	const cache = await caches.open(cacheName);
	const kept = await cache.match(url(name));
	if (kept) {
		return kept;
	}
	const fetched = await get(name);
	if (fetched.ok) {
		await cache.put(url(name), fetched.clone());
	}
	return fetched;
}
