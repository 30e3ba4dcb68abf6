// Names of sites and users come from QR codes and pasted texts, of whoever made them.

import { limits } from "./kinds.js";

// Characters that change the direction of what follows, that break lines, or that nobody sees: with
// them a name could look like another one.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

// cleanName is a name that can be shown: without unseen characters, and no longer than a person
// reads. Joiners between letters, which some scripts and many emoji need, are lost.
export function cleanName(name) {
	const seen = name.toWellFormed ? name.toWellFormed() : name;
	const letters = [...seen.replace(unseen, "").replace(/\s+/g, " ").trim()];
	if (letters.length <= limits.name) {
		return letters.join("");
	}
	return letters.slice(0, limits.name - 1).join("") + "…";
}
