// The vault: profiles, sealed with one key, and what of it may be read without that key.
//
// Each write is one transaction that goes through only if nobody else has written what it is about:
// the header's id, which changes with the key, and the profile's iv, which changes with each
// sealing. So two tabs can never show one counter's code twice, or seal with a key that is gone.

import { random, toHex } from "../engine/bytes.js";
import { isToken } from "../engine/kinds.js";
import { Conflict, erase, open, read, write } from "./db.js";
import { areFine, iterations, keyFrom, newKey, seal, SealError, unseal } from "./seal.js";

const format = 1;
const newID = () => toHex(random(16));

// The page's settings, of which nothing is secret: the language that was chosen, and whether there
// is something that no export has.
const settings = ["language", "unsaved"];

// What a sealed text is for, so that it opens in its place alone.
const checkFor = (header) => `motp-token/${format}/check/${header.id}`;
const profileFor = (header, id) => `motp-token/${format}/profile/${header.id}/${id}`;

// A Newer says that a newer version of the page has kept what is there.
export class Newer extends Error {}

export class Vault {
	#db;
	#header; // {format, id, mode, salt, rounds, key, check}
	#key = null;
	#settings;

	// open reads the header. lost is called when the browser takes the database away.
	static async open(lost) {
		const vault = new Vault();
		vault.#db = await open(() => {
			vault.#key = null;
			lost();
		});
		await vault.reload();
		return vault;
	}

	async reload() {
		const asked = settings.map((name) => ["meta", name]);
		const [header, ...values] = await read(this.#db, ["meta", "header"], ...asked);
		if (header && header.format !== format) {
			throw new Newer();
		}
		this.#header = header;
		this.#settings = Object.fromEntries(settings.map((name, i) => [name, values[i]]));
	}

	get exists() {
		return this.#header !== undefined;
	}

	// mode is "passphrase" or "device".
	get mode() {
		return this.#header?.mode;
	}

	get isOpen() {
		return this.#key !== null;
	}

	get settings() {
		return this.#settings;
	}

	// set keeps a setting of the page.
	async set(name, value) {
		await write(this.#db, [], [this.#setting(name, value)]);
	}

	#setting(name, value) {
		this.#settings[name] = value;
		return ["meta", name, value];
	}

	// create makes an empty vault. Without a passphrase, the browser keeps the key. Where another tab
	// was faster, its vault is the one, and it is still locked here.
	async create(passphrase) {
		const { header, key } = await newHeader(passphrase);
		const isNone = ["meta", "header", (there) => there === undefined];
		try {
			await write(this.#db, [isNone], [["meta", "header", header]]);
		} catch (error) {
			if (error instanceof Conflict) {
				return this.reload();
			}
			throw error;
		}
		this.#header = header;
		this.#key = key;
	}

	// unlock takes the passphrase, if there is one. A wrong one is a SealError.
	async unlock(passphrase) {
		await this.reload();
		const header = this.#header;
		if (!header) {
			throw new SealError();
		}
		if (header.mode === "passphrase" && !areFine(header.rounds)) {
			throw new SealError();
		}
		const key =
			header.mode === "device"
				? header.key
				: await keyFrom(passphrase, header.salt, header.rounds);
		await unseal(key, checkFor(header), header.check);
		this.#key = key;
	}

	lock() {
		this.#key = null;
	}

	// #write makes changes if the key is still this one. Each takes a turn, by which rekey sees that
	// something has changed.
	async #write(changes, ...expected) {
		const isCurrent = ["meta", "header", (there) => there?.id === this.#header.id];
		const turn = ["meta", "turn", newID()];
		try {
			await write(this.#db, [isCurrent, ...expected], [...changes, turn]);
		} catch (error) {
			if (error instanceof Conflict) {
				await this.#stillOurs();
			}
			throw error;
		}
	}

	// #stillOurs locks if another tab has changed the key, or erased everything.
	async #stillOurs() {
		const [header] = await read(this.#db, ["meta", "header"]);
		if (header?.id !== this.#header.id) {
			this.lock();
			throw new SealError();
		}
	}

	#opened() {
		if (this.#key === null) {
			throw new SealError();
		}
		return this.#key;
	}

	async #unsealed(id, sealed) {
		const profile = await unseal(this.#opened(), profileFor(this.#header, id), sealed);
		if (!isToken(profile.token)) {
			throw new SealError();
		}
		return profile;
	}

	// profiles are all that can be opened, in the order of their names; damaged says how many
	// cannot.
	async profiles() {
		await this.#stillOurs();
		const [all] = await read(this.#db, ["profiles"]);
		const profiles = [];
		let damaged = 0;
		for (const sealed of all) {
			try {
				profiles.push(await this.#unsealed(sealed.id, sealed));
			} catch (error) {
				if (!(error instanceof SealError) || !this.isOpen) {
					throw error;
				}
				damaged++;
			}
		}
		const title = (p) => `${p.site}\0${p.user}`;
		profiles.sort((a, b) => title(a).localeCompare(title(b)) || a.made - b.made);
		return { profiles, damaged };
	}

	async profile(id) {
		await this.#stillOurs();
		const [sealed] = await read(this.#db, ["profiles", id]);
		return sealed && this.#unsealed(id, sealed);
	}

	// add keeps new profiles, {site, user, token} each: all or none of them. It returns their ids.
	async add(all) {
		const changes = [];
		const ids = [];
		for (const { site, user, token: t } of all) {
			const id = newID();
			ids.push(id);
			changes.push(await this.#sealing({ id, site, user, token: t, made: Date.now() }));
		}
		changes.push(this.#setting("unsaved", true));
		await this.#write(changes);
		return ids;
	}

	async #sealing(profile) {
		const sealed = await seal(this.#opened(), profileFor(this.#header, profile.id), profile);
		return ["profiles", profile.id, { id: profile.id, ...sealed }];
	}

	// change reads a profile, has it changed, and keeps it. It returns what change made of it, as
	// soon as that is on disk. Where another tab was faster, it begins again with what that one
	// left. What is news is not in an export yet.
	async change(id, change, isNews = true) {
		return alone(async () => {
			for (;;) {
				const [sealed] = await read(this.#db, ["profiles", id]);
				if (!sealed) {
					throw new Conflict();
				}
				await this.#stillOurs();
				const profile = change(await this.#unsealed(id, sealed));
				const changes = [await this.#sealing(profile)];
				if (isNews) {
					changes.push(this.#setting("unsaved", true));
				}
				const same = (there) => there !== undefined && sameBytes(there.iv, sealed.iv);
				try {
					await this.#write(changes, ["profiles", id, same]);
					return profile;
				} catch (error) {
					if (!(error instanceof Conflict)) {
						throw error;
					}
				}
			}
		});
	}

	// nextCounter returns the profile with the counter of the next code, which is used up on disk
	// before this returns.
	async nextCounter(id) {
		let used;
		const after = await this.change(
			id,
			(profile) => {
				used = profile.token.counter;
				const counter = String(BigInt(used) + 1n);
				const next = { ...profile, token: { ...profile.token, counter } };
				if (!isToken(next.token)) {
					throw new RangeError("counter");
				}
				return next;
			},
			false,
		);
		return { ...after, token: { ...after.token, counter: used } };
	}

	async remove(id) {
		await this.#write([["profiles", id, undefined]]);
	}

	// exported notes that all profiles are in a file now.
	async exported() {
		await this.set("unsaved", false);
	}

	// rekey seals everything with a new key: of a passphrase, or one that the browser keeps.
	async rekey(passphrase) {
		return alone(async () => {
			const [turn] = await read(this.#db, ["meta", "turn"]);
			const { profiles, damaged } = await this.profiles();
			if (damaged > 0) {
				throw new SealError();
			}
			const { header, key } = await newHeader(passphrase);
			const changes = [["meta", "header", header]];
			for (const profile of profiles) {
				const sealed = await seal(key, profileFor(header, profile.id), profile);
				changes.push(["profiles", profile.id, { id: profile.id, ...sealed }]);
			}
			await this.#write(changes, ["meta", "turn", (there) => there === turn]);
			this.#header = header;
			this.#key = key;
		});
	}

	// erase deletes everything.
	async erase() {
		this.lock();
		await erase(this.#db);
	}
}

async function newHeader(passphrase) {
	const header = { format, id: newID(), mode: passphrase === null ? "device" : "passphrase" };
	let key;
	if (passphrase === null) {
		key = header.key = await newKey();
	} else {
		header.salt = random(16);
		header.rounds = iterations.usual;
		key = await keyFrom(passphrase, header.salt, header.rounds);
	}
	header.check = await seal(key, checkFor(header), "");
	return { header, key };
}

const sameBytes = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

// alone runs while no other tab of this page does the same, where the browser can see to that. It
// saves work: write itself holds what must hold.
const alone = (work) =>
	navigator.locks ? navigator.locks.request("motp-token", work) : work();

export { Conflict, SealError };
