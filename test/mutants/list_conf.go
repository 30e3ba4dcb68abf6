package main

var absenceGo = []mutant{
	{
		what: "a name that is cut off is no trace",
		old:  "!whole && t.beginWith(folded)",
		new:  "!whole && folded == nil",
	},
	{what: "a file's encoded name is no trace", old: "c, i = byte(n), i+2", new: "_ = n"},
}

var traceGo = []mutant{
	{
		what: "a domain in front makes another user",
		old:  "i >= 0 && i < len(name)-1 {",
		new:  "false {",
	},
	{
		what: "a domain behind makes another user",
		old:  "if i := bytes.IndexByte(name, '@'); i > 0 {",
		new:  "if i := 0; i > 0 {",
	},
	{what: "a domain behind hides a user", old: "|| r == '@'", new: ""},
	{what: "winbind's plus hides a user", old: "|| r == '+' ", new: ""},
	{
		what: "a trace is one in these letters only",
		old:  "case 'A' <= c && c <= 'Z':",
		new:  "case false:",
	},
	{what: "the beginning of a name is a trace", old: "&& endsName(folded[i+1:])", new: ""},
	{what: "the end of a name is a trace", old: "beginsName(folded[:i+1-n]) && ", new: ""},
	{
		what: "a match that failed is forgotten",
		old:  "n = t.back[n-1]\n\t\t}\n\t\tif t.core",
		new:  "n = 0\n\t\t}\n\t\tif t.core",
	},
}

var linesGo = []mutant{
	{
		what: "a header may stand in the middle of a line",
		old:  "return 0, false",
		new:  "return begin, true",
	},
	{
		what: "another name is the one that is looked for",
		old:  "if text[i] != c {",
		new:  "if text[i] != c && i < 0 {",
	},
	{
		what: "a header at the very end is not looked at",
		old:  "places := len(text) - len(want) + 1",
		new:  "places := len(text) - len(want)",
	},
	{
		what: "only names that end otherwise are looked at",
		old:  "lasts[from] == last &&",
		new:  "lasts[from] != last &&",
	},
}

var openGo = []mutant{
	{
		what: "table: may be a link",
		old:  "unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_NONBLOCK",
		new:  "unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK",
	},
	{
		what: "table: a FIFO keeps us waiting",
		old:  "unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_NONBLOCK",
		new:  "unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC",
	},
	{
		what: "table: may be read by all",
		old:  "case mode&^allowed != 0:",
		new:  "case mode&^allowed&^0o044 != 0:",
	},
	{
		what: "table: may be written by all",
		old:  "case mode&^allowed != 0:",
		new:  "case mode&^allowed&^0o022 != 0:",
	},
	{
		what: "table: may be anyone's",
		old:  "case st.Uid != 0 && int(st.Uid) != unix.Geteuid():",
		new:  "case st.Uid == 1<<31:",
	},
	{
		what: "table: may hold zero bytes",
		old:  "if bytes.IndexByte(text, 0) >= 0 {",
		new:  "if bytes.IndexByte(text, 0) > len(text) {",
	},
	{
		what: "table: stays in memory",
		old:  "free = func() { clear(text) }",
		new:  "free = func() {}",
	},
	{what: "table: may be of any size", old: "case size > maxFile:", new: "case size < 0:"},
	{
		what: "one's own file may make another user",
		old:  "if motp.EncodeName(e.User.Name)+ending != file {",
		new:  "if false {",
	},
	{
		what: "one's own file may hold settings",
		old:  "if l, ok := s.firstSetting(); ok {",
		new:  "if l, ok := s.firstSetting(); ok && false {",
	},
}

var confGo = []mutant{
	{
		what: "one of two entries counts",
		old:  "case len(found) > 1:",
		new:  "case len(found) > 2:",
	},
	{what: "a broken entry counts", old: "case found[0].Err != nil:", new: "case false:"},
	{
		what: "a table that cannot be read is an empty one",
		old:  "} else if !isNotExist(errTable) {",
		new:  "} else if false {",
	},
	{
		what: "settings with a mistake are the default",
		old:  "if settings, err = d.settings(); err != nil {",
		new:  "if settings, err = d.settings(); false {",
	},
}

var sectionsGo = []mutant{
	{
		what: "every section that begins like a name is read",
		old:  "!s.named(at, name)",
		new:  "false",
	},
	{
		what: "a Mobile-OTP token needs no PIN",
		old: `case sec.what.PIN == "" && sec.sealed.pin == "" && ` +
			"sec.what.Kind().PINInCode:",
		new: "case false:",
	},
	{
		what: "a token needs no secret",
		old:  `case sec.what.Secret == "" && sec.sealed.secret == "":`,
		new:  "case false:",
	},
	{what: "what is said of a user is read and forgotten", old: "sec.person.putInto(e)",
		new: ""},
	{what: "codes on paper stand in any section",
		old: "case isToken && p.paper.Exist():", new: "case false:"},
	{what: "a token is local, and its user is not", old: "case isToken && p.local:",
		new: "case false:"},
	{
		what: "keys in errors may be secrets",
		old:  "said.at, shownKey(said.key), wrong)",
		new:  "said.at, said.key, wrong)",
	},
}

var iniGo = []mutant{
	{
		what: "the second of two PINs is passed over",
		old:  "said.wrong = setTwice",
		new:  "continue",
	},
	{
		what: "what the library takes off a PIN is no part of it",
		old:  "value != said.value {",
		new:  "value != said.value && false {",
	},
	{
		what: "a quote that stays open hides the lines below",
		old:  "case BeginsQuote(said.value):",
		new:  "case false:",
	},
	{
		what: "a quoted key is read without its quotes",
		old:  "case !isWord(key):",
		new:  "case false:",
	},
	{
		what: "a table of mistakes is read by the library as a whole",
		old:  "len(all) > keys {",
		new:  "false {",
	},
}

var columnsGo = []mutant{
	{
		what: "a broken row is nobody's trace",
		old:  "t.in(first) || c.entry(l).Err != nil",
		new:  "t.in(first)",
	},
	{
		what: "a row's secret is a trace",
		old:  "t.in(first) || c.entry(l).Err != nil",
		new:  "len(first) >= 0",
	},
	{
		what: "a row may hold more than four columns",
		old:  "if len(words) < offsetColumn || len(words) > allColumns {",
		new:  "if len(words) < offsetColumn {",
	},
}

var valuesGo = []mutant{
	{
		what: "numbers without an upper bound",
		old:  "return d, ok && d >= least && d <= most",
		new:  "return d, ok && d >= least",
	},
	{
		what: "an error tells the PIN",
		old:  `return "may hold printable characters only"`,
		new:  `return "may hold printable characters only, not " + value`,
	},
}

var settingsGo = []mutant{
	{
		what: "max_failures may be 0",
		old:  `if p.MaxFailures, ok = number(value, 1, maxFailures); !ok {`,
		new:  `if p.MaxFailures, ok = number(value, 0, maxFailures); !ok {`,
	},
	{what: "root is one of the callers", old: `case c.Account == "root":`, new: "case false:"},
	{
		what: "a caller may ask for any service",
		old:  "c.Account == account && slices.Contains(c.Services, service)",
		new:  "c.Account == account",
	},
	{
		what: "anybody may ask for a caller's service",
		old:  "c.Account == account && slices.Contains(c.Services, service)",
		new:  "slices.Contains(c.Services, service)",
	},
	{
		what: "a word that is none lets users do nothing",
		old:  "word := slices.Index(selfServiceWords, value)",
		new:  "word := max(slices.Index(selfServiceWords, value), 0)",
	},
	{
		what: "an unknown setting is passed over",
		old:  `return "unknown setting"`,
		new:  `return ""`,
	},
}

var secretGo = []mutant{
	{
		what: "an error tells the secret",
		old:  `return "may hold letters, digits and signs of ASCII, no blanks"`,
		new:  `return "may hold letters, digits and signs of ASCII, no blanks: " + value`,
	},
}

var paperConfGo = []mutant{
	{what: "a set that cannot be is read", old: "if !ok || p.Validate() != nil {",
		new: "if !ok {"},
	{what: "a hash that is none is read", old: "ok = ok && unhex(hash[:], h)",
		new: "_ = unhex(hash[:], h)"},
	{what: "a salt that is none is read", old: "ok = ok && unhex(p.Salt[:], salt)",
		new: "_ = unhex(p.Salt[:], salt)"},
	{what: "digits are read as letters",
		old: `if set, p.Digits = strings.CutSuffix(set, "d"); strings`,
		new: `if set, _ = strings.CutSuffix(set, "d"); strings`},
}

var keysGo = []mutant{
	{what: "an unknown key is passed over", old: `return "unknown key"`, new: `return ""`},
	{
		what: "a key is taken from a kind that has none",
		old:  "(kind == nil || !kind.Has(name))",
		new:  "kind == nil",
	},
}

var editSettingsGo = []mutant{
	{what: "a mistake in the settings is written",
		old: "if _, err := x.settings(); err != nil {",
		new: "if false {\n\t\tvar err error"},
	{what: "a setting is written in a user's section",
		old: "at = s.next(aboveAll)", new: "at = len(all)"},
	{what: "a setting that is there gets a second line", old: "if at < 0 {",
		new: "if at < 1000 {"},
}
