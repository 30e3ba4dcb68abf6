package main

// excusesGo breaks who is not asked.
var excusesGo = []mutant{
	{
		what: "strangers are asked sooner than users",
		old:  "s.standingUnknown(user.Name, verifier)\n\t\treturn result{}, false",
		new:  "return result{}, false",
	},
	{
		what: "what a program claims is an address",
		old:  "if s.req.Limited {", new: "if false {",
	},
	{
		what: "an exempt network is one for mapped addresses, too, or not",
		old:  "return addr.Unmap().WithZone(\"\"), err == nil",
		new:  "return addr.WithZone(\"\"), err == nil",
	},
	{
		what: "grace for the machine itself", old: "addr.IsLoopback() || ", new: "",
	},
	{
		what: "grace for every service",
		old:  "return addr.String() + \"\\x00\" + s.req.Service.S",
		new:  "return addr.String()",
	},
	{
		what: "exempt lets in who is locked or disabled",
		old: "exempt && (standing.Refusal == motp.Refused || standing.Refusal == " +
			"motp.Clock)",
		new: "exempt",
	},
	{
		what: "exempt passes where the table cannot be read",
		old:  "errors.Is(err, conf.ErrNoUser) && exempt", new: "err != nil && exempt",
	},
	{
		what: "bits behind the prefix are passed over",
		old:  "p != p.Masked()", new: "false",
	},
	{
		what: "grace is asked for in one field",
		old:  "grace := s.origin() != \"\" && !s.forwardPass",
		new:  "grace := s.origin() != \"\"",
	},
}

// fieldGo breaks what is left of a field that holds a password, too.
var fieldGo = []mutant{
	{
		what: "a code without a password lets in", old: "case beside == \"\":",
		new: "case false:",
	},
	{
		what: "a password that could not be left does not matter",
		old:  "case err != nil:\n\t\treturn attempt",
		new:  "case false && err != nil:\n\t\treturn attempt",
	},
	{
		what: "OpenVPN's form is left whole",
		old:  "e.Typed, e.Field, e.whole, ", new: "e.Typed, e.Field, _, ",
	},
	{
		what: "an answer that is too long is left", old: " || typed.tooLong", new: "",
	},
}
