package main

var validateGo = []mutant{
	{
		what: "a token without a secret is one",
		old:  `case t.Secret == "" || len(t.Secret)`,
		new:  "case len(t.Secret)",
	},
	{
		what: "a Mobile-OTP token without a PIN is one",
		old:  `case t.Kind().PINInCode && t.PIN == "":`,
		new:  "case false:",
	},
	{what: "too many tokens are let through", old: " || len(u.Tokens) > MaxTokens", new: ""},
	{
		what: "a policy without a limit of failures is one",
		old:  "case p.MaxFailures < 1:",
		new:  "case false:",
	},
	{
		what: "a window of two days is one",
		old:  "p.Window < 0 || p.Window > MaxWindow",
		new:  "p.Window < 0",
	},
}

var seamGo = []mutant{
	{what: "doubt about a record is not made up for",
		old: "if doubt {\n\t\tr.assumeWorst(u, now, p)\n\t}", new: ""},
	{what: "what the table has overruled stays", old: "r.dropOverruled(u)", new: ""},
	{
		what: "version 1 is not carried on",
		old:  "r.carryOn(u, now)\n",
		new:  "",
	},
	{what: "doubt about a record is lost on the way", old: "alter(&r, c.Doubt)",
		new: "alter(&r, c.Doubt && false)"},
	{what: "what a record begins with when it is lost is what a login gets",
		old: "case err != nil && (anew == nil || len(u.Tokens) == 0):", new: "case false:"},
	{what: "a lost record of nobody in the table is made anew",
		old: " || len(u.Tokens) == 0)", new: ")"},
	{what: "a record that is lost is a new one", old: "if c.Lost {", new: "if false {"},
	{what: "an older record may be read after a code from beyond its reach",
		old: "Only: r.beyond}", new: "Only: false}"},
}

var pinChangeGo = []mutant{
	{what: "a change lasts for ever", old: " && age <= changeFor", new: ""},
	{what: "a change is of whoever comes", old: "return c.user == user && ", new: "return "},
	{what: "a change is of any token", old: "c.token == t.Name && ", new: ""},
	{what: "a change overrules one that came later", old: " && c.inForce == replacedBy(t) &&",
		new: " &&"},
	{what: "a user who is disabled meanwhile has a new PIN", old: "u.Disabled || ", new: ""},
	{
		what: "a user who is locked meanwhile has a new PIN",
		old:  "u.Disabled || locked {",
		new:  "u.Disabled || false && locked {",
	},
	{what: "a change begins with any code", old: "verdict == Accepted && t.Name",
		new: "t.Name"},
	{
		what: "a token without a PIN gets one",
		old:  " && forced.Tokens[i].PIN != \"\" {",
		new:  " {",
	},
	{what: "a PIN that a token cannot have is set by a change",
		old: "mayChange(pin); err != nil {", new: "mayChange(pin); err != nil && false {"},
}

var ownPINGo = []mutant{
	{what: "the table's PIN is good beside the user's", old: "u.Tokens[i].PIN = pin",
		new: "_ = pin"},
	{
		what: "the hash of the table's PIN needs no secret",
		old:  "hashedSecret(t) + \"\\x00\" + t.PIN",
		new:  "t.PIN",
	},
	{
		what: "an administrator's edit does not overrule",
		old:  " && p.replaced == replacedBy(t)",
		new:  "",
	},
	{
		what: "an edit that is taken back brings the user's PIN back",
		old:  "return slices.ContainsFunc(u.Tokens, has) &&",
		new:  "return false && slices.ContainsFunc(u.Tokens, has) &&",
	},
	{
		what: "a removed secret's PIN is forgotten",
		old:  "return slices.ContainsFunc(u.Tokens, has) &&",
		new:  "_ = has\n\t\treturn true &&",
	},
	{what: "a PIN is changed by any code", old: "if verdict == Accepted && at >= 0 {",
		new: "if at >= 0 {"},
	{what: "the old PIN is good with the older half", old: "r.beyond = true", new: ""},
	{what: "a PIN that the table has is gone without",
		old: `if pin == "" && t.PIN != "" {`, new: "if false {"},
	{
		what: "a PIN that a token cannot have is set",
		old:  "if err := t.Validate(); err != nil {",
		new:  "if err := t.Validate(); err != nil && false {",
	},
}
