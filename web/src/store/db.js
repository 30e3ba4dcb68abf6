// The browser's database: one store for the vault's header and the page's settings, one for the
// sealed profiles.

const name = "motp-token";

const patience = 3000; // milliseconds

// A Late says that the browser does not answer, as it may while it clears the storage: to a page
// that is loaded anew it does.
export class Late extends Error {}

// open opens the database. lost is called when the browser takes it away, as it does when a person
// clears the site's data.
export function open(lost) {
	return new Promise((resolve, reject) => {
		const asked = indexedDB.open(name, 1);
		setTimeout(() => reject(new Late()), patience);
		asked.onupgradeneeded = () => {
			asked.result.createObjectStore("meta");
			asked.result.createObjectStore("profiles");
		};
		asked.onerror = () => reject(asked.error);
		asked.onsuccess = () => {
			const db = asked.result;
			db.onclose = lost;
			db.onversionchange = () => {
				db.close();
				lost();
			};
			resolve(db);
		};
	});
}

// read asks for values, [store, key] each, in one transaction. A key of undefined asks for the
// whole store.
export function read(db, ...asked) {
	return new Promise((resolve, reject) => {
		const stores = [...new Set(asked.map(([store]) => store))];
		const tx = db.transaction(stores, "readonly");
		const answers = asked.map(([store, key]) => {
			const from = tx.objectStore(store);
			return key === undefined ? from.getAll() : from.get(key);
		});
		tx.oncomplete = () => resolve(answers.map((answer) => answer.result));
		tx.onabort = tx.onerror = () => reject(tx.error);
	});
}

// A Conflict says that somebody else, another tab, has written meanwhile.
export class Conflict extends Error {}

// write makes all changes or none, if what is there is as expected: expected are [store, key, test]
// and changes are [store, key, value], undefined to delete, key undefined to empty the store. It
// returns when the result is on disk.
export function write(db, expected, changes) {
	return new Promise((resolve, reject) => {
		const tx = db.transaction(["meta", "profiles"], "readwrite", { durability: "strict" });
		let why = null;
		const give = (error) => {
			why = error;
			tx.abort();
		};
		tx.oncomplete = () => resolve();
		tx.onabort = tx.onerror = () => reject(why ?? tx.error);
		const apply = () => {
			try {
				for (const [store, key, value] of changes) {
					const to = tx.objectStore(store);
					if (key === undefined) {
						to.clear();
					} else if (value === undefined) {
						to.delete(key);
					} else {
						to.put(value, key);
					}
				}
			} catch (error) {
				give(error); // DataCloneError: a browser that keeps no keys
			}
		};
		let open = expected.length;
		if (open === 0) {
			apply();
		}
		for (const [store, key, test] of expected) {
			tx.objectStore(store).get(key).onsuccess = (event) => {
				if (why !== null) {
					return;
				}
				if (!test(event.target.result)) {
					give(new Conflict());
				} else if (--open === 0) {
					apply();
				}
			};
		}
	});
}

// erase deletes the whole database.
export function erase(db) {
	db.onclose = db.onversionchange = null;
	db.close();
	return new Promise((resolve, reject) => {
		const asked = indexedDB.deleteDatabase(name);
		asked.onsuccess = () => resolve();
		asked.onerror = () => reject(asked.error);
	});
}
