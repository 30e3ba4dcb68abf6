package main

// What is sealed opens in its place, by its key, and nothing plain takes its place.
var sealGo = []mutant{
	{
		what: "the user is not authenticated with a value",
		old:  "p.user, p.token, p.field, k.id}",
		new:  "p.token, p.field, k.id}",
	},
	{
		what: "the token is not authenticated with a value",
		old:  "p.user, p.token, p.field, k.id}",
		new:  "p.user, p.field, k.id}",
	},
	{
		what: "the field is not authenticated with a value",
		old:  "p.user, p.token, p.field, k.id}",
		new:  "p.user, p.token, k.id}",
	},
	{
		what: "lengths are not authenticated with a value",
		old:  "b = binary.BigEndian.AppendUint32(b, uint32(len(part)))",
		new:  "_ = binary.BigEndian",
	},
	{
		what: "a value has several forms",
		old:  "base64.RawStdEncoding.Strict()",
		new:  "base64.RawStdEncoding",
	},
	{
		what: "line ends in a value are passed over",
		old:  " || broken {",
		new:  " || broken && false {",
	},
}

var sealKeysGo = []mutant{
	{
		what: "two keys may have one id",
		old:  "if other.id == k.id {",
		new:  "if other == k {",
	},
	{
		what: "a file without a key has keys",
		old:  "if len(keys) == 0 {",
		new:  "if len(keys) < 0 {",
	},
	{
		what: "a key's id may have signs that are no letters",
		old:  "!letter && (c < '0' || '9' < c)",
		new:  "!letter && (c < '!' || '9' < c)",
	},
	{
		what: "a key may be cut off at its end",
		old:  "!padded || err",
		new:  "!padded && false || err",
	},
	{
		what: "a line with more than a key is a key",
		old:  " || strings.IndexByte(text, ' ') >= 0",
		new:  "",
	},
}

var sealWriteGo = []mutant{
	{
		what: "two may change the keys at once",
		old:  "unix.Flock(int(folder.Fd()), unix.LOCK_EX)",
		new:  "error(nil)",
	},
}

var sealRingGo = []mutant{
	{
		what: "a key file that cannot be relied on is one that is missing",
		old:  "if err != nil {\n\t\treturn nil, r.trouble(err)\n\t}\n\treturn keys[0], nil",
		new:  "if err != nil {\n\t\treturn nil, nil\n\t}\n\treturn keys[0], nil",
	},
	{
		what: "a key that was taken away opens",
		old:  "same && !anew && r.err == nil",
		new:  "r.asked && !anew && r.err == nil",
	},
	{
		what: "what seals stays when the file has changed",
		old:  "if same := r.asked && now == r.stamp;",
		new:  "if same := r.asked && now.size == r.stamp.size;",
	},
	{
		what: "a key that was put in front does not seal",
		old:  "return keys[0], nil",
		new:  "return keys[len(keys)-1], nil",
	},
}

var sealedGo = []mutant{
	{
		what: "what another file holds is nobody's concern",
		old:  "return here || others()",
		new:  "return here",
	},
	{
		what: "a value that does not open is no mistake of its user's",
		old:  "e.Err = e.mistake(i, key, err)",
		new:  "_ = e.mistake(i, key, err)",
	},
	{
		what: "what looks sealed may be meant as it is",
		old:  "return strings.HasPrefix(value, sealedMark)",
		new:  "return strings.HasPrefix(value, sealedMark+\"v1:\")",
	},
	{
		what: "a plain value is written among sealed ones where the key is missing",
		old:  "case sealed == value && c.holds():",
		new:  "case false:",
	},
	{
		what: "a plain value is taken where everything was sealed",
		old:  "found[i].refusePlain(by)\n",
		new:  "",
	},
	{
		what: "nothing is opened for those who are not there",
		old:  "_, _ = sec.sealed.open(by, sec.user, &sec.what)",
		new:  "_ = sec",
	},
}

var resealGo = []mutant{
	{
		what: "a value that is sealed with an earlier key stays so",
		old:  "if r.by.Fresh(plain) {",
		new:  "if r.by != nil {",
	},
	{
		what: "an entry with a mistake is sealed all the same",
		old:  "unfit[of.User] || ",
		new:  "",
	},
	{
		what: "everybody is sealed where one is meant",
		old:  " || !r.wants(of.User)",
		new:  "",
	},
}

// The token on the desk, under its owner's passphrase.
var tokenFileGo = []mutant{
	{
		what: "a plain secret is taken where a token is sealed",
		old:  "case f.recipe != nil && f.token.HoldsPlain():",
		new:  "case false:",
	},
	{
		what: "a sealed token opens for another owner",
		old:  "return strconv.Itoa(os.Geteuid())",
		new:  "return strconv.Itoa(os.Geteuid() + 1)",
	},
	{
		what: "a sealed token opens in another profile",
		old:  "f.token.Open(k.ring, owner(), f.profile)",
		new:  "f.token.Open(k.ring, owner(), \"default\")",
	},
	{
		what: "a wrong passphrase is not called so",
		old:  "!k.makes(text) {",
		new:  "k == nil {",
	},
	{
		what: "a token may say twice how its key is made",
		old:  "if said != nil {\n\t\t\treturn \"\", nil,",
		new:  "if said == nil && false {\n\t\t\treturn \"\", nil,",
	},
}

var tokenPassphraseGo = []mutant{
	{
		what: "a token may ask for all memory",
		old:  "r.memory > maxMemory || ",
		new:  "",
	},
	{
		what: "a token may ask for forever",
		old:  "r.passes > maxPasses || ",
		new:  "",
	},
	{
		what: "how a key is made has several forms",
		old:  "case r.String() != text:",
		new:  "case false:",
	},
	{
		what: "two tokens have one salt",
		old:  "rand.Read(r.salt[:])",
		new:  "rand.Read(r.salt[:0])",
	},
	{
		what: "a passphrase may be short",
		old:  "utf8.RuneCountInString(passphrase) < LeastPassphrase",
		new:  "passphrase == \"\"",
	},
}

var tokenWriteGo = []mutant{
	{
		what: "what a crash left of a token stays",
		old:  "func(_ *os.File, path string) error { return removeOld(path) }",
		new:  "func(_ *os.File, path string) error { return nil }",
	},
	{
		what: "a token that counts loses its seal",
		old:  "\t\tf.token.Token.Counter++",
		new:  "\t\tf, _ = f.open(k)\n\t\tf.token.Token.Counter++",
	},
	{
		what: "a token that is to be sealed is written as it is",
		old:  "f, err = f.seal(k)\n\tif err",
		new:  "_, err = f.seal(k)\n\tif err",
	},
	{
		what: "a dry run writes a token",
		old:  "if err != nil || dryRun {\n\t\t\treturn err",
		new:  "if err != nil {\n\t\t\treturn err",
	},
}

var motpSealGo = []mutant{
	{
		what: "a PIN in a record opens for another secret",
		old:  "AppendUint64(nil, p.key)",
		new:  "AppendUint64(nil, 0)",
	},
	{
		what: "a PIN that cannot be sealed is set as it is",
		old:  "\tif err != nil {\n\t\treturn ownError{err}\n\t}\n\tif sealed",
		new:  "\tif err != nil {\n\t\treturn nil\n\t}\n\tif sealed",
	},
	{
		what: "a PIN that is being set stays with the key from before",
		old:  "err != nil || current.Record == nil || v.Sealer == nil {",
		new:  "err != nil || true {",
	},
	{
		what: "the record before stays beside a sealed one",
		old:  "n, r.beyond, refused = 0, true, nil",
		new:  "n, refused = 0, nil",
	},
	{
		what: "a plain PIN is taken where all were sealed",
		old:  "case !p.sealed() && v.refusesPlain():",
		new:  "case false:",
	},
	{
		what: "whoever writes a record seals a plain PIN that is refused",
		old:  "if p.sealed() || !p.isNew && v.Sealer.RefusesPlain() {",
		new:  "if p.sealed() {",
	},
	{
		what: "another key takes over a plain PIN that is refused",
		old:  "\t\t\t\trefused = err\n\t\t\t\tcontinue",
		new:  "\t\t\t\tpin, refused = p.pin, nil",
	},
	{what: "a sealed PIN is taken for the PIN", old: "case !p.sealed():", new: "case true:"},
	{
		what: "no PIN is sealed that stood open",
		old:  "if p.sealed() || !p.isNew && v.Sealer.RefusesPlain() {",
		new:  "if true {",
	},
}
