// The kinds of tokens, as package motp of the server has them, and what a token of each may hold.
//
// A token is a plain object: {kind, secret, offset, algorithm, digits, period, t0, counter}. The
// secret of Mobile-OTP is the text that is hashed; of the others it is the key's bytes, in hex, so
// that a token can be written as JSON. The counter is a text, since it may be larger than numbers
// can be here.

export const kinds = {
	motp: { title: "Mobile-OTP", pin: true, text: true, clock: true },
	totp: { title: "TOTP", clock: true },
	hotp: { title: "HOTP", counts: true },
};

export const algorithms = ["SHA1", "SHA256", "SHA512"];

// The server's own limits.
export const limits = {
	secret: 256, // bytes
	pin: 64, // bytes
	offset: 10 * 365 * 24 * 3600, // seconds, either way
	period: 3600, // seconds
	t0: 2 ** 40,
	counter: 2n ** 62n,
	name: 128, // characters of a site or a user; the page's own
};

const usual = { offset: 0, algorithm: "SHA1", digits: 6, period: 30, t0: 0, counter: "0" };

// token makes a whole one of what is said of it, and of nothing else that is said, so that two that
// are the same look the same.
export function token(said) {
	const kind = kinds[said.kind];
	const whole = { kind: said.kind, secret: said.secret };
	for (const [name, value] of Object.entries(usual)) {
		whole[name] = said[name] ?? value;
	}
	if (kind.text) {
		whole.algorithm = "MD5";
		whole.digits = 6;
		whole.period = 10;
	}
	if (kind.text || kind.counts) {
		whole.t0 = 0;
	}
	if (kind.counts) {
		whole.period = 0;
		whole.offset = 0;
	} else {
		whole.counter = "0";
	}
	return whole;
}

const whole = (n, least, most) => Number.isSafeInteger(n) && n >= least && n <= most;

// isToken tells whether a value, from wherever, is a token that can make codes.
export function isToken(t) {
	if (t === null || typeof t !== "object" || !Object.hasOwn(kinds, t.kind)) {
		return false;
	}
	const kind = kinds[t.kind];
	if (typeof t.secret !== "string" || t.secret === "" || !whole(t.t0, 0, limits.t0)) {
		return false;
	}
	const secretIsFine = kind.text
		? new TextEncoder().encode(t.secret).length <= limits.secret
		: /^([0-9a-f]{2})+$/.test(t.secret) && t.secret.length <= 2 * limits.secret;
	return (
		secretIsFine &&
		whole(t.offset, -limits.offset, limits.offset) &&
		(kind.text ? t.algorithm === "MD5" : algorithms.includes(t.algorithm)) &&
		whole(t.digits, 6, 8) &&
		(kind.counts || whole(t.period, 1, limits.period)) &&
		isCounter(t.counter)
	);
}

export const isCounter = (text) =>
	typeof text === "string" && /^[0-9]{1,19}$/.test(text) && BigInt(text) <= limits.counter;
