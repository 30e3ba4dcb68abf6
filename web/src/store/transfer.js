// A file with all profiles, sealed with a passphrase of its own. Its header is authenticated: who
// changes a byte of it makes the file unreadable.

import { fromBase64, random, toBase64 } from "../engine/bytes.js";
import { isToken, kinds, token } from "../engine/kinds.js";
import { cleanName } from "../engine/names.js";
import { areFine, iterations, keyFrom, seal, SealError, unseal } from "./seal.js";

const format = "motp-token-export";
const longest = 4 * 1024 * 1024; // bytes of a file
const most = 1000; // profiles

// A TransferError says by its word, of which words/ has the sentence, why a file cannot be read.
export class TransferError extends Error {
	constructor(word) {
		super(word);
		this.word = word;
	}
}

const fail = (word) => {
	throw new TransferError(word);
};

// purpose is the header as it is authenticated.
const purpose = ({ version, kdf, iterations: rounds, salt, cipher }) =>
	JSON.stringify([format, version, kdf, rounds, salt, cipher]);

// exportText makes the file's text.
export async function exportText(profiles, passphrase) {
	const salt = random(16);
	const header = {
		format,
		version: 1,
		kdf: "PBKDF2-SHA-256",
		iterations: iterations.usual,
		salt: toBase64(salt),
		cipher: "AES-256-GCM",
	};
	const key = await keyFrom(passphrase, salt, header.iterations);
	const bare = profiles.map(({ site, user, token: t, made }) => ({ site, user, token: t, made }));
	const { iv, data } = await seal(key, purpose(header), { profiles: bare });
	const file = { ...header, iv: toBase64(iv), data: toBase64(data) };
	return JSON.stringify(file, null, "\t") + "\n";
}

// readHeader reads what of a file can be read without its passphrase.
export async function readHeader(file) {
	if (file.size > longest) {
		fail("importLarge");
	}
	let said;
	try {
		said = JSON.parse(await file.text());
	} catch {
		fail("importForm");
	}
	if (said === null || typeof said !== "object" || said.format !== format) {
		fail("importForm");
	}
	if (said.version !== 1 || said.kdf !== "PBKDF2-SHA-256" || said.cipher !== "AES-256-GCM") {
		fail("importVersion");
	}
	if (!areFine(said.iterations)) {
		fail("importIterations");
	}
	const [salt, iv, data] = [said.salt, said.iv, said.data].map(fromBase64);
	if (salt?.length !== 16 || iv?.length !== 12 || !data || data.length < 16) {
		fail("importForm");
	}
	return { header: said, salt, iv, data };
}

// readProfiles opens a file. Either all of it is fit to be kept, or none of it is taken.
export async function readProfiles({ header, salt, iv, data }, passphrase) {
	const key = await keyFrom(passphrase, salt, header.iterations);
	let opened;
	try {
		opened = await unseal(key, purpose(header), { iv, data });
	} catch (error) {
		fail(error instanceof SealError ? "importPassphrase" : "importForm");
	}
	const all = opened?.profiles;
	if (!Array.isArray(all) || all.length > most || !all.every(isProfile)) {
		fail("importForm");
	}
	return all.map(({ site, user, token: t }) => ({
		site: cleanName(site),
		user: cleanName(user),
		token: token(t),
	}));
}

const isProfile = (p) =>
	p !== null &&
	typeof p === "object" &&
	typeof p.site === "string" &&
	typeof p.user === "string" &&
	isToken(p.token);

// sameToken tells whether two are the same device: what they hash is the same.
const sameToken = (a, b) =>
	["kind", "secret", "algorithm", "digits", "period", "t0"].every((key) => a[key] === b[key]);

// plan says what an import is about: profiles that are new, and counters of those that are not,
// which may go up. Nothing that is there is taken away.
export function plan(there, file) {
	const fresh = [];
	const counters = [];
	let known = 0;
	for (const f of file) {
		const isSame = (p) => sameToken(p.token, f.token) && p.site === f.site && p.user === f.user;
		const twin = there.find(isSame);
		if (!twin) {
			if (!fresh.some(isSame)) {
				fresh.push(f);
			}
			continue;
		}
		known++;
		if (kinds[f.token.kind].counts) {
			counters.push({ id: twin.id, counter: f.token.counter });
		}
	}
	return { fresh, counters, known };
}
