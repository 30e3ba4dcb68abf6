package main

var attemptGo = []mutant{
	{
		what: "a table that cannot be read is ignored",
		old:  `return AuthinfoUnavail, report{reason: "table",`,
		new:  `return Ignore, report{reason: "table",`,
	},
	{
		what: "whose table cannot be read is not told of motpd",
		old:  `if euid != 0 && table == conf.DefaultPath`,
		new:  "if false && table == conf.DefaultPath",
	},
	{
		what: "a broken entry is an unknown user",
		old:  `return AuthinfoUnavail, report{reason: "bad-entry"`,
		new:  `return UserUnknown, report{reason: "bad-entry"`,
	},
	{
		what: "bad settings are ignored",
		old:  `return ServiceErr, report{reason: "bad-settings"`,
		new:  `return Ignore, report{reason: "bad-settings"`,
	},
	{what: "unknown users pass without nullok", old: "if s.nullok {", new: "if true {"},
	{
		what: "a replay is success",
		old:  "\tcase motp.Accepted:\n",
		new:  "\tcase motp.Accepted, motp.Replay:\n",
	},
	{
		what: "a record that cannot be used is success",
		old:  "a := attempt{code: AuthinfoUnavail, user",
		new:  "a := attempt{code: Success, user",
	},
	{what: "an answer that is too long is free", old: `return "\x00"`, new: `return ""`},
	{
		what: "in grace, a used code passes without a password",
		old:  ` && beside != "" {`, new: " {",
	},
	{
		what: "in one field, strangers with grace on the line cost less work",
		old:  "if s.forwardPass {\n\t\t\ts.standingUnknown",
		new:  "if false {\n\t\t\ts.standingUnknown",
	},
	{
		what: "unknown users cost less work",
		old:  "beside := verifier.JudgeUnknown(s.ctx, user.Name, typed.Attempt, s.now())",
		new:  "beside := motp.Password(\"\")",
	},
	{
		what: "a code that could not be left is success",
		old:  "if code, err := s.host.SetToken(typed); err != nil || code != 0 {",
		new:  "if code, err := s.host.SetToken(typed); err != nil && code != 0 {",
	},
	{
		what: "a plain program's options beat the table",
		old:  "if s.req.Limited {\n\t\treturn s.within(table)",
		new:  "if false {\n\t\treturn s.within(table)",
	},
}
