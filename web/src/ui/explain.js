// What went wrong, in a sentence.

import { TokenURIError } from "../engine/uri.js";
import { Conflict, SealError } from "../store/vault.js";
import { TransferError } from "../store/transfer.js";
import { t } from "../words/words.js";

// A Complaint says by its word what is wrong with what a person did.
export class Complaint extends Error {
	constructor(word, values = {}) {
		super(word);
		this.word = word;
		this.values = values;
	}
}

export function explain(error) {
	if (error instanceof TokenURIError || error instanceof TransferError) {
		return t(error.word);
	}
	if (error instanceof Complaint) {
		return t(error.word, error.values);
	}
	if (error instanceof SealError) {
		return t("sealBroken");
	}
	if (error instanceof Conflict) {
		return t("goneElsewhere");
	}
	switch (error?.name) {
		case "QuotaExceededError":
			return t("quota");
		case "DataCloneError":
			return t("noKeys");
		case "InvalidStateError":
			return t("storageLost");
		case "NotAllowedError":
			return t("cameraRefused");
		case "NotFoundError":
		case "OverconstrainedError":
			return t("cameraNone");
		case "NotReadableError":
			return t("cameraBusy");
		default:
			return t("failed", { what: error?.name ?? "?" });
	}
}
