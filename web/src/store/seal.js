// Sealing: AES-256-GCM, with a key from a passphrase (PBKDF2), or one that the browser keeps and
// gives nobody.

import { random, utf8 } from "../engine/bytes.js";

// As OWASP advises for PBKDF2 with SHA-256. A header that asks for more than the most is not
// believed: it would keep the device busy for hours. One with less than the least would be a gift.
export const iterations = { usual: 600_000, least: 100_000, most: 10_000_000 };

export const leastPassphrase = 8; // characters

export const areFine = (n) => Number.isInteger(n) && n >= iterations.least && n <= iterations.most;

// keyFrom makes a key of a passphrase. The same letters may be typed in two ways (é as one
// character, or as e and an accent), so they are brought into one form.
export async function keyFrom(passphrase, salt, rounds) {
	const material = await crypto.subtle.importKey(
		"raw",
		utf8(passphrase.normalize("NFKC")),
		"PBKDF2",
		false,
		["deriveKey"],
	);
	return crypto.subtle.deriveKey(
		{ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds },
		material,
		{ name: "AES-GCM", length: 256 },
		false,
		["encrypt", "decrypt"],
	);
}

export const newKey = () =>
	crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

// seal returns {iv, data}. What it is for goes in too: elsewhere it does not open.
export async function seal(key, purpose, value) {
	const iv = random(12);
	const data = await crypto.subtle.encrypt(
		{ name: "AES-GCM", iv, additionalData: utf8(purpose) },
		key,
		utf8(JSON.stringify(value)),
	);
	return { iv, data: new Uint8Array(data) };
}

// A SealError says that something does not open: a wrong passphrase, or bytes that were changed.
export class SealError extends Error {}

export async function unseal(key, purpose, { iv, data }) {
	let opened;
	try {
		opened = await crypto.subtle.decrypt(
			{ name: "AES-GCM", iv, additionalData: utf8(purpose) },
			key,
			data,
		);
	} catch {
		throw new SealError();
	}
	return JSON.parse(new TextDecoder().decode(opened));
}
