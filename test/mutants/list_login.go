package main

var ignoreGo = []mutant{
	{
		what: "nullok lets a user with a mistake in the table pass",
		old:  "if err := s.site().ConfirmAbsent(names...); err != nil {",
		new:  "if err := s.site().ConfirmAbsent(names...); err != nil && false {",
	},
	{
		what: "the account's own name does not count",
		old:  "return []string{s.req.User.S, s.req.Account.S}, nil",
		new:  "return []string{s.req.User.S}, nil",
	},
	{
		what: "what was typed does not count",
		old:  "return []string{s.req.User.S, s.req.Account.S}, nil",
		new:  "return []string{s.req.Account.S}, nil",
	},
	{what: "a lookup that failed is none", old: "case s.req.Lookup != 0:", new: "case false:"},
	{what: "a stranger's answer is lost", old: `if typed == "" {`, new: "if true {"},
	{
		what: "a stranger's answer takes the password's place",
		old:  "if !s.setPass {",
		new:  "if false {",
	},
	{
		what: "what is typed as a name is logged",
		old:  "if s.debug {\n\t\trep.user",
		new:  "if true {\n\t\trep.user",
	},
}

var wireGo = []mutant{
	{
		what: "an answer may have more behind it",
		old:  "if r.failed || kind != answer || len(r.b) != 0 {",
		new:  "if r.failed || kind != answer {",
	},
	{
		what: "an answer may be another message",
		old:  "if r.failed || kind != answer || len(r.b) != 0 {",
		new:  "if r.failed || kind == 0 || len(r.b) != 0 {",
	},
	{
		what: "a field may end behind the packet",
		old:  "if r.failed || n > len(r.b) {",
		new:  "if n = min(n, len(r.b)); r.failed {",
	},
	{
		what: "an answer that is too long is empty",
		old:  "return nil, Text{TooLong: true}",
		new:  "return nil, Text{}",
	},
	{
		what: "a request that is malformed is empty",
		old:  "req.Wipe()\n\t\treturn Request{}, errMalformed",
		new:  "req.Wipe()\n\t\treturn Request{}, nil",
	},
}

var optionsGo = []mutant{
	{what: "an unknown option is passed over", old: `return "is unknown"`, new: `return ""`},
	{
		what: "an unknown option with a value is passed over",
		old:  `return "is unknown, or takes no value"`,
		new:  `return ""`,
	},
	{
		what: "maxtries may be 0",
		old:  "err != nil || n < 1 || n > maxTries",
		new:  "err != nil || n < 0 || n > maxTries",
	},
	{
		what: "maxdiff without a bound",
		old:  " || n > uint64(2*motp.MaxWindow/time.Second)",
		new:  "",
	},
	{
		what: "maxdiff counts either side",
		old:  "o.window = time.Duration(n) * time.Second / 2",
		new:  "o.window = time.Duration(n) * time.Second",
	},
	{
		what: "a relative path is taken",
		old:  `if !strings.HasPrefix(value, "/") {`,
		new:  "if false {",
	},
}

var loginGo = []mutant{
	{
		what: "a password of another module counts as a guess",
		old:  "if !s.holdsCode(user, verifier, s.entry(token)) && ",
		new:  "if false && ",
	},
	{
		what: "in grace, no password of an earlier module is one",
		old:  `if err != nil || token.S == "" {`, new: "if err != nil {",
	},
	{what: "no delay is asked for", old: "out.Delay = failDelay", new: "out.Delay = 0"},
	{
		what: "the time tells that a code was right, and a later module refused",
		old:  "(refused || !s.req.changes())", new: "refused",
	},
}

var loglineGo = []mutant{
	{
		what: "a blank is not quoted",
		old:  "c == '%', c == '+':",
		new:  "c == '%', c == '+', c == ' ':",
	},
	{
		what: "a quote is not quoted",
		old:  "c == '%', c == '+':",
		new:  "c == '%', c == '+', c == '\"':",
	},
	{
		what: "a line end is not quoted",
		old:  "c == '%', c == '+':",
		new:  "c == '%', c == '+', c == '\\n':",
	},
	{what: "a name of any length is logged", old: "if i == maxShown {", new: "if i == 1<<20 {"},
}
