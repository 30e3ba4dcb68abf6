// Secrets that people type, and new ones.

import { fromBase32, random, toHex, utf8 } from "./bytes.js";
import { kinds, limits } from "./kinds.js";

// typedSecret reads what a person typed for a kind. It returns {secret} or {wrong: word}.
export function typedSecret(kind, text) {
	const bare = text.replace(/[\s-]/g, "");
	if (bare === "") {
		return { wrong: "secretEmpty" };
	}
	if (!kinds[kind].text) {
		const key = fromBase32(bare);
		if (key === null) {
			return { wrong: "secretBase32" };
		}
		return key.length > limits.secret ? { wrong: "secretLong" } : { secret: toHex(key) };
	}
	if (utf8(bare).length > limits.secret) {
		return { wrong: "secretLong" };
	}
	return /^[!-~]+$/.test(bare) ? { secret: bare } : { wrong: "secretSigns" };
}

// flaw is what is unusual about a secret, as a word, or "". The token takes it all the same: the
// server may have such a one.
export function flaw(token) {
	if (!kinds[token.kind].text) {
		return token.secret.length < 32 ? "flawShort" : "";
	}
	if (!/^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(token.secret)) {
		return /^[0-9a-f]+$/i.test(token.secret) ? "flawLength" : "flawHex";
	}
	return token.secret === token.secret.toLowerCase() ? "" : "flawCapitals";
}

// newSecret makes one from the browser's random source: as many digits as the first token had, or
// the 160 bits that RFC 4226 recommends.
export const newSecret = (kind) => toHex(random(kinds[kind].text ? 8 : 20));
