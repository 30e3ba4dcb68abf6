package main

// Under names = account a user has one name, whatever is typed.
var findGo = []mutant{
	{
		what: "the account's own name is not looked for",
		old:  "now, ofAccount, errOwn := s.lookup(own)",
		new:  "now, ofAccount, errOwn := s.lookup(s.req.User.S + own[:0])",
	},
	{
		what: "an entry under what was typed goes before the account's",
		old:  "if settings.Names == conf.NamesTyped {",
		new:  "if settings.Names == conf.NamesTyped || err == nil {",
	},
	{
		what: "what was typed counts in the place of an account's entry that is wrong",
		old:  "if errors.Is(errOwn, conf.ErrNoUser) &&",
		new:  "if errOwn != nil &&",
	},
	{
		what: "strangers of one account do not wait for each other",
		old:  " && !errors.Is(err, conf.ErrNoUser) {",
		new:  " {",
	},
	{
		what: "an account that cannot be looked up is what was typed",
		old:  "if errAccount != nil {",
		new:  "if own == \"\" && errAccount == nil {",
	},
	{
		what: "accounts are looked up whatever the table says",
		old:  "if settings.Names == conf.NamesTyped {",
		new:  "if settings.Names == conf.NamesTyped && err != nil {",
	},
	{
		what: "a host that does not answer has said that there is no account",
		old:  "lookup, own = uint32(unix.ECONNRESET), Text{}",
		new:  "lookup, own = 0, Text{Absent: true}",
	},
	{
		what: "a host that takes too long has said that there is no account",
		old:  "lookup, own = uint32(unix.ETIMEDOUT), Text{}",
		new:  "lookup, own = 0, Text{Absent: true}",
	},
	{
		what: "a host that has looked the account up is asked",
		old:  "if s.req.Lookup == NotLookedUp {",
		new:  "if true {",
	},
}

var namesSettingGo = []mutant{
	{
		what: "any word for which names there are will do",
		old:  "return \"must be typed or account\"",
		new:  "return \"\"",
	},
	{
		what: "names = account says nothing",
		old:  "s.Names = Names(word)",
		new:  "_ = Names(word)",
	},
}

// The question for the account, in motpd and on the wire.
var remoteGo = []mutant{
	{
		what: "the log has an account's name that was wiped",
		old:  "own.S = strings.Clone(own.S)",
		new:  "_ = strings.Clone",
	},
}

var residentSocketGo = []mutant{
	{
		what: "a slow directory keeps a thread",
		old:  "unix.Recvfrom(t.fd, packet, unix.MSG_DONTWAIT)",
		new:  "unix.Recvfrom(t.fd, packet, 0)",
	},
	{
		what: "a motpd that ends waits for a slow directory",
		old:  "t.server.note(file)\n",
		new:  "",
	},
}

var residentAccountGo = []mutant{
	{
		what: "nobody says whose directory is slow",
		old:  "if errors.Is(err, os.ErrDeadlineExceeded) && !h.limited {",
		new:  "if errors.Is(err, os.ErrDeadlineExceeded) && h.limited {",
	},
}

var dialogueAccountC = []mutant{
	{
		what: "another account is looked up than that of the login",
		old:  "code = motp_account_name(l->user, &answer);",
		new:  "code = motp_account_name(\"root\", &answer);",
	},
	{
		what: "a lookup that failed is one that found nobody",
		old:  "sent = send_answer(v->socket, code, answer);\n\t\tfree(answer);",
		new:  "sent = send_answer(v->socket, 0, answer);\n\t\tfree(answer);",
	},
	{
		what: "the question for the account has room for more",
		old:  "case WIRE_GET_ACCOUNT:\n\t\tif (m->len != 1)",
		new:  "case WIRE_GET_ACCOUNT:\n\t\tif (m->len < 1)",
	},
}
