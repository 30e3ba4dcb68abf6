package main

// What comes from files of other people's, and goes into files.

var pskcCipherGo = []mutant{
	{
		what: "a PSKC value opens that was changed",
		old:  "if !hmac.Equal(sum.Sum(nil), mac) {",
		new:  "if !hmac.Equal(sum.Sum(nil), mac) && false {",
	},
	{
		what: "a PSKC file without MACs opens",
		old:  "if len(o.c.MAC) == 0 || len(first.MAC) != 1 {",
		new:  "if len(o.c.MAC) == 0 && len(first.MAC) == 7 {",
	},
}

var pskcXMLGo = []mutant{
	{
		what: "XML may declare entities",
		old:  "return nil, errDoctype",
		new:  "return t, err",
	},
	{
		what: "XML may be nested without end",
		old:  "if g.depth > maxDepthPSKC {",
		new:  "if false {",
	},
}

var ownersGo = []mutant{
	{
		what: "two tokens may have one serial number",
		old:  "if len(same) < 2 || allEqual(same) {",
		new:  "if true {",
	},
	{
		what: "a serial number may be of two users",
		old:  "if before, twice := owners[serial]; twice && before != user {",
		new:  "if before, twice := owners[serial]; twice && before == \"\" {",
	},
}

var settleGo = []mutant{{
	what: "two tokens in one line make two users",
	old:  "first := !met[u.User.Name]",
	new:  "first := same[0].Line == u.Line",
}}

var csvGo = []mutant{
	{
		what: "a key that is hex as well as base32 is guessed",
		old:  "case one && other && !known:",
		new:  "case one && other && !known && false:",
	},
	{
		what: "the hash of a long key is guessed",
		old:  "(len(t.Secret) == 32 || len(t.Secret) == 64):",
		new:  "len(t.Secret) == 1:",
	},
}

var otpauthGo = []mutant{{
	what: "Steam's codes are taken for TOTP",
	old:  "return err == nil && strings.EqualFold(",
	new:  "return err == nil && false && strings.EqualFold(",
}}

var aegisCipherGo = []mutant{{
	what: "a vault may ask for all memory",
	old:  "case s.N > most || s.R > most/s.N || s.P > maxScryptP:",
	new:  "case s.N < 0:",
}}

var stratumCipherGo = []mutant{{
	what: "a wrong password opens what has no MAC",
	old:  " || plain[0] != '{' {",
	new:  " {",
}}

var pictureGo = []mutant{{
	what: "a picture may have any size",
	old:  "if size.Width > maxPixels/size.Height {",
	new:  "if false {",
}}

var exportersGo = []mutant{{
	what: "who is disabled is exported",
	old:  "case u.Disabled:",
	new:  "case u.Disabled && false:",
}, {
	what: "a token that is not set up is exported",
	old:  "case t.Invitation.Exists():",
	new:  "case t.Invitation.Exists() && false:",
}}
