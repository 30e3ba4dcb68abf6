// Asking for a new passphrase, twice.

import { leastPassphrase } from "../store/seal.js";
import { t } from "../words/words.js";
import { field } from "./dom.js";
import { Complaint } from "./explain.js";

// newPassphrase returns the two rows, and take, which returns what was typed or complains.
export function newPassphrase(hint) {
	const secret = { type: "password", autocomplete: "new-password" };
	const first = field(t("passphrase"), secret, hint);
	const second = field(t("passphraseAgain"), secret);
	const take = () => {
		const typed = first.input.value;
		if ([...typed].length < leastPassphrase) {
			first.input.focus();
			throw new Complaint("passphraseShort", { least: leastPassphrase });
		}
		if (new Set(typed).size < 4) {
			first.input.focus();
			throw new Complaint("passphraseWeak");
		}
		if (typed !== second.input.value) {
			second.input.focus();
			throw new Complaint("passphraseDiffers");
		}
		return typed;
	};
	return { rows: [first.row, second.row], focus: first.input, take };
}
