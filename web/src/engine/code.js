// Codes: of Mobile-OTP (six hex digits of an MD5), of TOTP (RFC 6238), and of HOTP (RFC 4226).

import { md5 } from "@noble/hashes/legacy.js";
import { fromHex, toHex, utf8 } from "./bytes.js";
import { kinds } from "./kinds.js";

// step is what the token hashes at a time in milliseconds since 1970.
export function step(token, now) {
	if (kinds[token.kind].counts) {
		return BigInt(token.counter);
	}
	return BigInt(Math.floor((seconds(token, now) - token.t0) / token.period));
}

// seconds is what the token's clock shows, which may be ahead of the device's.
const seconds = (token, now) => Math.floor(now / 1000) + token.offset;

// secondsLeft is for how long the code of now is still shown.
export function secondsLeft(token, now) {
	const at = now / 1000 + token.offset - token.t0;
	return Math.ceil(token.period - (at - Math.floor(at / token.period) * token.period));
}

// epoch is the number on an Info screen that "motp sync --epoch" takes: tens of seconds since 1970.
export const epoch = (token, now) =>
	String(Math.floor(seconds(token, now) / 10)).padStart(9, "0");

// codeAt makes the code of a step. Only Mobile-OTP has a PIN in it.
export async function codeAt(token, number, pin = "") {
	if (kinds[token.kind].text) {
		return toHex(md5(utf8(number + token.secret + pin))).slice(0, 6);
	}
	const hash = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" }[token.algorithm];
	const key = await crypto.subtle.importKey(
		"raw",
		fromHex(token.secret),
		{ name: "HMAC", hash },
		false,
		["sign"],
	);
	const counter = new DataView(new ArrayBuffer(8));
	counter.setBigUint64(0, BigInt.asUintN(64, number));
	const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter));
	const at = mac.getUint8(mac.byteLength - 1) & 15;
	const value = (mac.getUint32(at) & 0x7fffffff) % 10 ** token.digits;
	return String(value).padStart(token.digits, "0");
}
