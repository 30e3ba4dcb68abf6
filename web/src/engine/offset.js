// How far a token's clock is ahead of the device's, as motp.conf writes it: 1h, -90s, 1h0m20s.

import { limits } from "./kinds.js";

const units = { h: 3600, m: 60, s: 1 };

// parseOffset returns whole seconds, or null. A bare number is seconds here.
export function parseOffset(text) {
	const bare = text.replace(/\s/g, "").replace("−", "-").toLowerCase();
	if (bare === "") {
		return 0;
	}
	const cut = /^([+-]?)((?:\d{1,9}[hms])+|\d{1,9})$/.exec(bare);
	if (!cut) {
		return null;
	}
	let sum = 0;
	for (const [, count, unit] of cut[2].matchAll(/(\d+)([hms]?)/g)) {
		sum += Number(count) * (units[unit] ?? 1);
	}
	if (sum > limits.offset) {
		return null;
	}
	return cut[1] === "-" && sum > 0 ? -sum : sum;
}

export function formatOffset(offset) {
	const sign = offset < 0 ? "-" : "+";
	const all = Math.abs(offset);
	const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
	const text = (h ? h + "h" : "") + (m ? m + "m" : "") + (s ? s + "s" : "");
	return text === "" ? "0" : sign + text;
}
