// The page's sentences in the language that is chosen.

import { languages } from "./languages.js";

let spoken = "en";

// speak chooses a language: the one that was set, or the first of the browser's that is there.
export function speak(chosen) {
	const wanted = [chosen, ...(navigator.languages ?? [])].filter(Boolean);
	const bases = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
	spoken = bases.find((base) => Object.hasOwn(languages, base)) ?? "en";
	document.documentElement.lang = spoken;
}

// t is a sentence, with values in the place of {names}. One about a number n has several forms.
export function t(key, values = {}) {
	let text = languages[spoken].words[key] ?? languages.en.words[key] ?? key;
	if (typeof text === "object") {
		text = text[new Intl.PluralRules(spoken).select(Number(values.n))] ?? text.other;
	}
	return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// time is a moment as people write it.
export const time = (at) =>
	new Intl.DateTimeFormat(spoken, { dateStyle: "medium", timeStyle: "medium" }).format(at);
