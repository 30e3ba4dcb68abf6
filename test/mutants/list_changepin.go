package main

// Changes of a PIN, in the course of a login.

var changePINGo = []mutant{
	{
		what: "anybody's program has PINs changed",
		old:  "if s.req.Limited {",
		new:  "if false {",
	},
	{
		what: "a line without the option has PINs changed",
		old:  "if !s.changePIN || ",
		new:  "if ",
	},
	{
		what: "expired passwords are PINs",
		old:  "|| s.req.Flags&flagExpired != 0 {",
		new:  "|| s.req.Flags&0 != 0 {",
	},
	{
		what: "who has no PIN is asked",
		old:  "case !hasPIN(tokens):",
		new:  "case !hasPIN(tokens) && false:",
	},
	{
		what: "the first call changes the PIN",
		old:  "case s.req.Flags&flagPrelim != 0:",
		new:  "case false:",
	},
	{
		what: "a PIN is changed without a code",
		old:  "if a.code != Success {",
		new:  "if a.code != Success && proven != nil {",
	},
	{
		what: "who wants nothing shown is shown something",
		old:  "if s.req.Flags&flagSilent != 0 {",
		new:  "if false {",
	},
	{what: "a change that lapsed is one",
		old: "case errors.Is(err, motp.ErrLapsed), ", new: "case err == nil, "},
}

var choiceGo = []mutant{
	{
		what: "the code becomes the PIN", old: `case typed.S == c.not && c.not != "":`,
		new: "case false:",
	},
	{
		what: "the two PINs may differ",
		old:  "case c.pin != \"\" && typed.S != c.pin:",
		new:  "case false:",
	},
	{
		what: "any PIN will do",
		old:  "if why = flaw(of, typed); why == \"\" {",
		new:  "if why = flaw(of, typed); true {",
	},
	{what: "a weak PIN will do", old: "return pin.Weak(typed.S)", new: "return \"\""},
	{what: "tries are not counted", old: "c.tries++", new: ""},
}
