package main

// The web token's page is built of the broken sources before its tests run.

var webEngineCodeJS = []mutant{
	{
		what: "web: the PIN is not in the hash",
		old:  "utf8(number + token.secret + pin)",
		new:  "utf8(number + token.secret)",
	},
	{
		what: "web: an offset does not count",
		old:  "Math.floor(now / 1000) + token.offset;",
		new:  "Math.floor(now / 1000);",
	},
}

var webEngineUriJS = []mutant{
	{
		what: "web: a period of HOTP is read",
		old:  `name === (counts ? "period" : "counter")`,
		new:  `name === "none"`,
	},
	{
		what: "web: a parameter may stand twice",
		old:  "if (said.has(name)) {",
		new:  "if (false) {",
	},
}

var webEngineNamesJS = []mutant{
	{
		what: "web: what turns text around is shown",
		old:  `.replace(unseen, "")`,
		new:  "",
	},
	{
		what: "web: a name has no end",
		old:  "letters.length <= limits.name",
		new:  "letters.length >= 0",
	},
}

var webStoreDbJS = []mutant{
	{
		what: "web: a write does not look what is there",
		old:  "if (!test(event.target.result)) {",
		new:  "if (false) {",
	},
}

var webStoreVaultJS = []mutant{
	{
		what: "web: a counter stays",
		old:  "String(BigInt(used) + 1n)",
		new:  "String(BigInt(used))",
	},
	{
		what: "web: a key that another tab has changed is used",
		old:  "if (header?.id !== this.#header.id) {",
		new:  "if (false) {",
	},
	{
		what: "web: a name is kept in the open",
		old:  "{ id: profile.id, ...sealed }];\n\t}\n\n\t// change",
		new:  "{ id: profile.id, site: profile.site, ...sealed }];\n\t}\n\n\t// change",
	},
}

var webStoreSealJS = []mutant{
	{
		what: "web: the browser's key can be read",
		old:  `length: 256 }, false, ["encrypt", "decrypt"]);`,
		new:  `length: 256 }, true, ["encrypt", "decrypt"]);`,
	},
	{
		what: "web: rounds have no bounds",
		old:  "n >= iterations.least && n <= iterations.most",
		new:  "n > 0",
	},
	{
		what: "web: a passphrase has one form only",
		old:  `passphrase.normalize("NFKC")`,
		new:  "passphrase",
	},
}

var webStoreTransferJS = []mutant{
	{
		what: "web: a header is not sealed",
		old:  "JSON.stringify([format, version, kdf, rounds, salt, cipher])",
		new:  "JSON.stringify([format])",
	},
	{
		what: "web: an import takes any token",
		old:  "\tisToken(p.token);",
		new:  "\ttrue;",
	},
	{
		what: "web: an import keeps what it does not know",
		old:  "token: token(t),",
		new:  "token: t,",
	},
}

var webUiAppJS = []mutant{
	{
		what: "web: a code stays when the page is hidden",
		old:  "this.#screen?.hidden?.();",
		new:  "",
	},
	{
		what: "web: a hidden page is not locked",
		old:  "wasHidden >= lockAfter &&",
		new:  "false &&",
	},
	{
		what: "web: the history names somebody",
		old:  `made.isPrivate ? t("title") : made.title`,
		new:  "made.title",
	},
}

var webUiCodeJS = []mutant{
	{
		what: "web: a PIN is remembered",
		old:  "if (performance.now() >= until) {",
		new:  "if (false) {",
	},
	{
		what: "web: the next code is not made",
		old:  "if (number !== last) {",
		new:  "if (last === null) {",
	},
	{
		what: "web: the countdown is said",
		old:  `role: "timer", "aria-live": "off"`,
		new:  `role: "timer", "aria-live": "polite"`,
	},
}

var webUiScanJS = []mutant{
	{
		what: "web: the camera stays on",
		old:  "leave: () => running.stop(),",
		new:  "",
	},
}

var webUiReviewJS = []mutant{
	{
		what: "web: a secret that is there is not told",
		old:  "\t\t\ttwin\n\t\t\t\t? h(",
		new:  "\t\t\tfalse\n\t\t\t\t? h(",
	},
}

var webUiPassphraseJS = []mutant{
	{
		what: "web: a passphrase need not be typed twice",
		old:  "typed !== second.input.value",
		new:  "false",
	},
}

var webUiPlaceJS = []mutant{
	{
		what: "web: the page works in a frame",
		old:  "if (top !== self) {",
		new:  "if (false) {",
	},
}

var webUiWelcomeJS = []mutant{
	{
		what: "web: from disk, no passphrase is needed",
		old:  "\t\t\tisFile\n\t\t\t\t? null",
		new:  "\t\t\tfalse\n\t\t\t\t? null",
	},
}

var webWorkerWorkerJS = []mutant{
	{
		what: "web: the worker takes any file",
		old:  "integrity: FILES[name], ",
		new:  "",
	},
	{
		what: "web: half a version stays",
		old:  "await caches.delete(cacheName);\n\t\tthrow",
		new:  "throw",
	},
	{
		what: "web: the worker answers from its cache alone",
		old:  "const fetched = await get(name);",
		new:  "const fetched = Response.error();",
	},
}

var webBuildMJS = []mutant{
	{
		what: "web: the page may load",
		old:  `"default-src 'none'",`,
		new:  `"default-src *",`,
	},
	{
		what: "web: text may become script",
		old:  `"require-trusted-types-for 'script'",`,
		new:  "",
	},
}

var webUiImportJS = []mutant{
	{
		what: "web: a counter goes back",
		old:  "const isFurther = BigInt(counter) > BigInt(p.token.counter);",
		new:  "const isFurther = true;",
	},
}
