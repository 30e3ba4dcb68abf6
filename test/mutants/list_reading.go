package main

// readingGo breaks how an answer is taken apart.
var readingGo = []mutant{
	{
		what: "a password of letters is a code on paper",
		old:  "ok && among(u.Paper.Hashes, u.Paper.hash(code))",
		new:  "ok && len(code) > 0",
	},
	{
		what: "a long answer is cut to a right code",
		old:  "a.text = typed[:maxAnswer]", new: "a.text = typed[:CodeLength]",
	},
	{
		what: "a long answer is cut where a password stands beside the code",
		old:  "if field != CodeAlone {\n\t\t\ta.text = \"\"",
		new:  "if field == CodeAlone {\n\t\t\ta.text = \"\"",
	},
	{
		what: "a code has more behind it",
		old:  "code == nil || a.field == CodeAlone && end != len(a.text)",
		new:  "code == nil",
	},
	{
		what: "a letter of the password is cut in two",
		old:  "!utf8.RuneStart(a.text[begin])", new: "false",
	},
	{
		what: "a dash behind the code is passed over",
		old:  "case d != separator || left == n:", new: "case d != separator:",
	},
	{
		what: "Arabic digits are no digits", old: "r -= 0x0660 - '0'", new: "r -= 0",
	},
	{
		what: "blanks inside of a PIN are passed over",
		old:  "return k.reading(a, len(t.typedPIN()), t.CodeDigits())",
		new: "r := k.reading(a, len(t.typedPIN()), t.CodeDigits())\n\tr.code = " +
			"t.typedPIN() + r.code[min(len(t.typedPIN()), len(r.code)):]\n\treturn r",
	},
	{
		what: "the fingerprint of a wrong answer covers a password",
		old:  "if a.field == CodeAlone {\n\t\treturn a.text",
		new:  "if true {\n\t\treturn a.text",
	},
	{
		what: "the password beside a token's code is another's",
		old:  "u.Tokens[i].Name == token {", new: "false {",
	},
}

// graceGo breaks what is remembered of right codes.
var graceGo = []mutant{
	{
		what: "what a client has kept is wrong", old: "return t.Name, true",
		new: "return t.Name, false",
	},
	{
		what: "a code that was never used is kept",
		old:  "if r.look(t, m, number) != stepFresh {",
		new:  "if r.look(t, m, number) >= stepFresh {",
	},
	{
		what: "a kept code needs no grace",
		old:  "if !r.graced(u, at.Origin, at.Grace, now) || r.refuses",
		new:  "if r.refuses",
	},
	{
		what: "who is disabled has kept codes",
		old:  "at.Grace, now) || r.refuses(u, now, p) != Refused {",
		new:  "at.Grace, now) {",
	},
	{
		what: "grace holds for an edited entry", old: "add(t.PIN)", new: "add(\"\")",
	},
	{
		what: "grace holds everywhere", old: "add(origin)", new: "add(\"\")",
	},
	{
		what: "grace holds for ever",
		old:  "return age >= 0 && age < int64(within/time.Second)", new: "return age >= 0",
	},
	{
		what: "grace from the future",
		old:  "return age >= 0 && age < int64(within/time.Second)",
		new:  "return age < int64(within/time.Second)",
	},
	{
		what: "grace outlives a damage",
		old:  "r.mend(u, now, v.Policy, current.Doubt)",
		new:  "r.mend(u, now, v.Policy, false)",
	},
	{
		what: "grace lets in who is locked",
		old:  "refusal != Refused {\n\t\treturn Standing",
		new:  "false {\n\t\treturn Standing",
	},
	{
		what: "grace of nowhere", old: "return origin != \"\" && ", new: "return ",
	},
	{
		what: "the latest grace is forgotten first",
		old:  "slices.Insert(r.grants, 0, ", new: "append(r.grants, ",
	},
}
