// Bytes as hex, base32, and base64, and text as bytes.

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const utf8 = (text) => new TextEncoder().encode(text);

export const toHex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

export function fromHex(text) {
	if (text.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(text)) {
		return null;
	}
	return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
}

// toBase32 writes no padding, which some apps do not take.
export function toBase32(bytes) {
	let text = "";
	let held = 0;
	let bits = 0;
	for (const b of bytes) {
		held = (held << 8) | b;
		for (bits += 8; bits >= 5; bits -= 5) {
			text += letters[(held >>> (bits - 5)) & 31];
		}
		held &= (1 << bits) - 1;
	}
	return bits > 0 ? text + letters[(held << (5 - bits)) & 31] : text;
}

// fromBase32 reads any case, with blanks and dashes in between, with padding or without. It returns
// null for what is no key.
export function fromBase32(text) {
	const bare = text.replace(/[ -]/g, "").replace(/=+$/, "").toUpperCase();
	// no number of bytes makes so many letters
	if (bare === "" || [1, 3, 6].includes(bare.length % 8) || !/^[A-Z2-7]+$/.test(bare)) {
		return null;
	}
	const bytes = [];
	let held = 0;
	let bits = 0;
	for (const letter of bare) {
		held = (held << 5) | letters.indexOf(letter);
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			bytes.push((held >>> bits) & 255);
			held &= (1 << bits) - 1;
		}
	}
	return Uint8Array.from(bytes);
}

export function toBase64(bytes) {
	let text = "";
	for (const b of bytes) {
		text += String.fromCharCode(b);
	}
	return btoa(text);
}

// fromBase64 returns null for what is not base64.
export function fromBase64(text) {
	if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
		return null;
	}
	try {
		return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
	} catch {
		return null;
	}
}

export const random = (length) => crypto.getRandomValues(new Uint8Array(length));
