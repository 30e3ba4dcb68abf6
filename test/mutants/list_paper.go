package main

var paperGo = []mutant{
	{what: "paper: codes are good without the PIN", old: ", known && r.formed",
		new: ", known == known && r.formed"},
	{what: "paper: a PIN alone is a code's form", old: "if !u.Paper.Exist() {",
		new: "if false {"},
	{
		what: "paper: the salt is left out",
		old:  "append(append(b, p.Salt[:]...), code...)",
		new:  "append(b, code...)",
	},
	{
		what: "paper: only the first token's PIN counts",
		old:  `if t.PIN != "" {`,
		new:  `if t.Name == "" {`,
	},
	{what: "paper: small letters are hashed", old: "b[i] = c - ('a' - 'A')", new: "b[i] = c"},
	{what: "paper: a 1 is an L", old: "b[i] = 'I'", new: "b[i] = 'L'"},
	{what: "paper: a 0 is none", old: `"abcdefghijklmnopqrstuvwxyz234567" + "01"`,
		new: `"abcdefghijklmnopqrstuvwxyz234567" + "1"`},
	{what: "paper: a blank behind the PIN is part of it",
		old: "strings.TrimLeft(a.text[pin:], separators)", new: "a.text[pin:]"},
	{what: "paper: a set may have any number of codes", old: "\n\t\tlen(p.Hashes) > MaxPaper",
		new: "\n\t\tfalse"},
	{what: "paper: a code may stand twice", old: "if slices.Contains(p.Hashes[:i], h) {",
		new: "if false && slices.Contains(p.Hashes[:i], h) {"},
	{what: "paper: withoutPaper leaves them", old: "u.Paper = PaperCodes{}", new: "_ = u"},
}

var paperUseGo = []mutant{
	{what: "paper: any code is one", old: "case !ok || !listed || !u.Paper.Exist():",
		new: "case !ok || listed && false || !u.Paper.Exist():"},
	{what: "paper: the PIN is not looked at", old: "case !ok || !listed ||",
		new: "case ok && false || !listed ||"},
	{what: "paper: an old set is good", old: "case u.Paper.Set < r.paper.set:",
		new: "case false:"},
	{what: "paper: a used code is good", old: "case used:",
		new: "case used && false:"},
	{
		what: "paper: a list that is full takes more",
		old:  "case len(r.paper.used) == MaxPaper:",
		new:  "case false:",
	},
	{what: "paper: the use is not noted", old: "r.paper.used = append(r.paper.used, h)",
		new: "_ = h"},
	{
		what: "paper: a use is good with the older half",
		old:  "h)\n\tr.beyond = true",
		new:  "h)",
	},
	{
		what: "paper: a set begins in one half",
		old:  "r.paper = paperUse{set: set}\n\t\tr.beyond = true",
		new:  "r.paper = paperUse{set: set}",
	},
	{
		what: "paper: an older set begins anew",
		old:  "if set > r.paper.set {",
		new:  "if set != r.paper.set {",
	},
	{what: "paper: what is lost is good", old: "r.beginPaper(latest + 1)",
		new: "_ = latest"},
	{what: "paper: what is lost is good if the table has none",
		old: "max(p.Set, r.paper.set); latest > 0", new: "p.Set; latest > 0"},
	{what: "paper: the next set is an old one", old: "max(p.Set, r.paper.set) + 1}",
		new: "p.Set + 1}"},
	{what: "paper: used codes are counted as good",
		old: "if !slices.Contains(r.paper.used, h) {",
		new: "if !slices.Contains(r.paper.used, h) || true {"},
	{
		what: "paper: an entry of half a hash is read",
		old:  "n%len(PaperHash{}) != 0 || ",
		new:  "",
	},
	{what: "paper: an entry may be of any length",
		old: " || n > MaxPaper*len(PaperHash{})", new: ""},
	{what: "paper: the password beside a code is the token's",
		old: "if r.byPaper && a.field != CodeAlone {", new: "if false {"},
	{
		what: "paper: used codes are not written",
		old:  "w.b = append(w.b, h[:]...)",
		new:  "_ = h",
	},
}

var paperJudgeGo = []mutant{
	{
		what: "paper: a code on paper outweighs a token's used one",
		old:  "byPaper := rank(paper.verdict) > rank(best)",
		new:  "byPaper := paper.verdict != Wrong",
	},
	{what: "paper: a code that a token shows, too, is good again",
		old: "if paper.verdict == Accepted {", new: "if byPaper {"},
	{what: "paper: the result does not tell", old: "r.byPaper = byPaper", new: "_ = byPaper"},
}

var paperReadingGo = []mutant{
	{what: "paper: an answer of that form has none",
		old: "return u.paperReading(a).formed", new: "return false"},
	{what: "paper: a wrong answer of that form has no fingerprint",
		old: "codes.WriteString(u.paperReading(a).code)", new: ""},
	{what: "paper: what stands beside a wrong code is lost",
		old: "if r := u.paperReading(a); r.formed {",
		new: "if r := u.paperReading(a); false {"},
}

var paperPINGo = []mutant{{
	what: "paper: a code on paper changes a PIN",
	old:  "forced.withoutPaper()",
	new:  "forced",
}}

var paperPINChangeGo = []mutant{{
	what: "paper: a code on paper begins a change of a PIN",
	old:  "forced.withoutPaper()",
	new:  "forced",
}}

var paperSyncGo = []mutant{{
	what: "paper: a code on paper puts a clock right",
	old:  "u.withoutPaper()",
	new:  "u",
}}

var paperUseUpGo = []mutant{{
	what: "paper: a code on paper proves a token",
	old:  "u.withoutPaper()",
	new:  "u",
}}

var paperVerifyGo = []mutant{
	{
		what: "paper: codes outlive a record that is made anew",
		old:  "unknownReach)\n\t\tr.burnPaper(u.Paper)",
		new:  "unknownReach)",
	},
	{what: "paper: codes outlive a backup", old: "reach)\n\t\tr.burnPaper(u.Paper)",
		new: "reach)"},
}

var paperCodecGo = []mutant{
	{what: "paper: the entry is not written", old: "if r.paper.set > 0 {\n\t\tw.begin",
		new: "if false {\n\t\tw.begin"},
	{what: "paper: a second entry is read", old: "if !ok || r.paper.set > 0 {",
		new: "if !ok {"},
}
