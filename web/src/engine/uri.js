// The URIs that tokens scan, read and written as package motp/uri of the server does: motp:// for
// Mobile-OTP, otpauth:// for TOTP and HOTP.

import { fromBase32, fromHex, toBase32, toHex, utf8 } from "./bytes.js";
import { algorithms, isCounter, kinds, limits, token } from "./kinds.js";

// A URIError says by its word, of which words/ has the sentence, what is wrong. It holds nothing of
// the URI.
export class TokenURIError extends Error {
	constructor(word) {
		super(word);
		this.word = word;
	}
}

const fail = (word) => {
	throw new TokenURIError(word);
};

// Far more than a QR code holds.
const longest = 64 * 1024;

// parse returns {site, user, token}.
export function parse(text) {
	if (text.length > longest) {
		fail("uriLong");
	}
	const bare = text.trim().replace(/&(amp|AMP|#38|#[xX]26);/g, "&");
	const cut = /^([a-z-]+):\/\/(.*)$/is.exec(bare);
	switch (cut?.[1].toLowerCase()) {
		case "motp":
			return parseMobile(cut[2]);
		case "otpauth":
			return parseOtpauth(cut[2]);
		case "otpauth-migration":
			return fail("uriMigration");
		case undefined:
			return fail("uriNone");
		default:
			return fail("uriScheme");
	}
}

// parseMobile reads SITE:USER?secret=SECRET. All of it counts: there are no other parameters.
function parseMobile(rest) {
	const [label, query] = halves(rest, "?");
	const said = parameters(query);
	const named = parties(label.replace(/\/$/, ""));
	const secret = said.get("secret") ?? "";
	if (secret === "") {
		fail("uriSecret");
	}
	return { ...named, token: checked({ kind: "motp", secret }) };
}

function parseOtpauth(rest) {
	const [place, query] = halves(rest.split("#")[0], "?");
	const [word, label] = halves(place, "/");
	const said = parameters(query);
	const named = parties(label);
	const kind = word.toLowerCase();
	if (kind === "motp" || !Object.hasOwn(kinds, kind)) {
		fail("uriType");
	}
	const counts = kinds[kind].counts;
	if (counts && !said.get("counter")) {
		fail("uriNoCounter");
	}
	const key = fromBase32(said.get("secret") ?? "") ?? fail("uriKey");
	const t = { kind, secret: toHex(key) };
	for (const [name, read] of Object.entries(readers)) {
		const meansNothing = name === (counts ? "period" : "counter");
		if (said.get(name) && !meansNothing) {
			t[name] = read(said.get(name));
		}
	}
	return { ...named, site: said.get("issuer") || named.site, token: checked(t) };
}

const readers = {
	algorithm(value) {
		const bare = value.replace(/[-_ ]/g, "").toUpperCase().replace(/^HMAC/, "");
		return algorithms.includes(bare) ? bare : fail("uriAlgorithm");
	},
	digits: (value) => number(value, 6, 8) ?? fail("uriDigits"),
	period: (value) => number(value, 1, limits.period) ?? fail("uriPeriod"),
	counter: (value) => (isCounter(value) ? String(BigInt(value)) : fail("uriCounter")),
};

function number(value, least, most) {
	const n = /^\+?[0-9]{1,9}$/.test(value) ? Number(value) : -1;
	return n >= least && n <= most ? n : null;
}

function checked(said) {
	const t = token(said);
	const length = t.kind === "motp" ? utf8(t.secret).length : fromHex(t.secret).length;
	return length <= limits.secret ? t : fail("uriSecretLong");
}

// halves cuts a text at the first sign; what is not there is empty.
function halves(text, sign) {
	const at = text.indexOf(sign);
	return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + sign.length)];
}

function decoded(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return fail("uriNone");
	}
}

// parameters are those behind the question mark. A plus sign is a blank.
function parameters(query) {
	const said = new Map();
	for (const part of query.split("&")) {
		if (part === "") {
			continue;
		}
		if (part.includes(";")) {
			fail("uriNone");
		}
		const [name, value] = halves(part.replaceAll("+", " "), "=").map(decoded);
		if (said.has(name)) {
			fail("uriTwice");
		}
		said.set(name, value);
	}
	return said;
}

// parties are the site and the user of a label. The last colon parts them that stands there as it
// is, or the last one that is encoded: some apps encode the colon that parts them, and others those
// of the names.
function parties(label) {
	let [site, user] = lastHalves(label);
	if (site === "") {
		[site, user] = lastHalves(decoded(user));
	} else {
		[site, user] = [decoded(site), decoded(user)];
	}
	user = user.trim();
	return user === "" ? fail("uriUser") : { site: site.trim(), user };
}

function lastHalves(text) {
	const at = text.lastIndexOf(":");
	return [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
}

// secretInWords is a secret as a person types it into a token.
export const secretInWords = (t) => (t.kind === "motp" ? t.secret : toBase32(fromHex(t.secret)));

// format writes the URI, with nothing in it that apps do not agree on.
export function format({ site, user, token: t }) {
	const label = escaped(site) + ":" + escaped(user);
	if (t.kind === "motp") {
		return `motp://${label}?secret=${escaped(t.secret)}`;
	}
	let uri = `otpauth://${t.kind}/${label}?secret=${secretInWords(t)}&issuer=${escaped(site)}`;
	if (t.algorithm !== "SHA1") {
		uri += "&algorithm=" + t.algorithm;
	}
	if (t.digits !== 6) {
		uri += "&digits=" + t.digits;
	}
	if (t.kind === "hotp") {
		return uri + "&counter=" + t.counter; // which must be there
	}
	return t.period === 30 ? uri : uri + "&period=" + t.period;
}

// escaped percent-encodes what has a meaning in a URI. An @ stays, as in the published examples.
const escaped = (text) =>
	encodeURIComponent(text)
		.replaceAll("%40", "@")
		.replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
