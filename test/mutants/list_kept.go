package main

var stampGo = []mutant{
	{
		what: "a table's change does not tell",
		old:  "changed: st.Ctim.Nano(),",
		new:  "changed: st.Mtim.Nano(),",
	},
	{
		what: "times that are too young tell",
		old:  "return settling - time.Duration(",
		new:  "return 0 - time.Duration(",
	},
	{
		what: "a table may be indexed while somebody writes it",
		old:  "return err == unix.EAGAIN",
		new:  "return false",
	},
	{
		what: "a time that the owner has set tells",
		old:  "max(s.changed, s.written)",
		new:  "s.changed",
	},
}

var keptGo = []mutant{
	{
		what: "an index outlives the table",
		old:  "if stampOf(&st) != x.stamp {",
		new:  "if stampOf(&st) != x.stamp && false {",
	},
	{
		what: "an index of a table that is too young counts",
		old:  "|| x.stamp.settlesIn(k.now(), k.settling) > 0 {",
		new:  "{",
	},
	{
		what: "an answer counts that was read during a change",
		old:  "if !ok || !x.stamp.isOf(fd) {",
		new:  "if !ok {",
	},
	{
		what: "an index counts that was made during a change",
		old:  "err == nil && s.isOf(fd) {",
		new:  "err == nil {",
	},
	{
		what: "a mistake is told as the index has it",
		old:  "if err == nil || err == ErrNoUser {",
		new:  "if err != errUnusual {",
	},
	{
		what: "users' own files do not count beside an index",
		old:  "openAll(text, append(found, own...),",
		new:  "openAll(text, append(found, own[:0]...),",
	},
	{
		what: "a folder that must not be trusted is passed over beside an index",
		old:  "if err != nil && !isNotExist(err) {\n\t\treturn settings, motp.User{}",
		new:  "if false {\n\t\treturn settings, motp.User{}",
	},
	{
		what: "what was read by an index stays in memory",
		old:  "defer wipe(text)",
		new:  "_ = text",
	},
	{
		what: "an index is made at once after another",
		old:  "time.Sleep(time.Until(rested))",
		new:  "_ = rested",
	},
	{
		what: "a table without an index is read again and again",
		old:  "k.knows(s) || ",
		new:  "",
	},
}

var keptindexGo = []mutant{
	{
		what: "a table with a zero byte has an index",
		old:  "|| bytes.IndexByte(text, 0) >= 0 ||",
		new:  "||",
	},
	{
		what: "a table with a mistake in its settings has an index",
		old:  "return err == nil\n}\n\n// add",
		new:  "return true || err == nil\n}\n\n// add",
	},
	{
		what: "sections among rows are passed over by an index",
		old:  "if l.isHeader() {\n\t\t\treturn false",
		new:  "if l.isHeader() {\n\t\t\tcontinue",
	},
	{
		what: "one of two entries with the same hash is found",
		old:  "for to < len(x.places) && x.places[to].hash() == hash {",
		new:  "if to < len(x.places) && x.places[to].hash() == hash {",
	},
	{
		what: "an entry goes on in the next",
		old:  "(f == inColumns || l.isHeader())",
		new:  "(f == inColumns || l.isHeader() && false)",
	},
	{
		what: "an entry that was not read whole is one",
		old:  "return len(text), last",
		new:  "return len(text), true",
	},
	{
		what: "what is behind an entry stays in memory",
		old:  "clear(b[:cap(b)])",
		new:  "clear(b)",
	},
	{
		what: "whatever stands where somebody stood is theirs",
		old:  "hash(x.form.nameIn(first)) != p.hash()",
		new:  "hash(x.form.nameIn(first)) == 0 && false",
	},
	{
		what: "a stranger costs less than a user",
		old:  "if from == to && len(x.places) > 0 {",
		new:  "if false {",
	},
	{
		what: "an index has no bound",
		old:  "return len(x.places) <= maxPlaces\n}\n\n// nameIn",
		new:  "return true\n}\n\n// nameIn",
	},
	{
		what: "settings are those of the first chunk",
		old:  "if x.form == inSections && !last && !hasHeader(text) {",
		new:  "if false {",
	},
}
