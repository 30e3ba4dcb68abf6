package main

var acceptGo = []mutant{
	{
		what: "an account may have all connections",
		old:  " || l.of[uid] >= l.each {",
		new:  " {",
	},
	{
		what: "all accounts may have any number of connections",
		old:  "if l.open >= l.most || ",
		new:  "if ",
	},
	{
		what: "root's programs are limited",
		old:  "each: mostForRoot,",
		new:  "each: eachForOne,",
	},
	{
		what: "who has left still counts",
		old:  "if l.of[uid]--; l.of[uid] == 0 {",
		new:  "if l.of[uid] == 0 {",
	},
	{
		what: "nobody waits for the next connection",
		old:  "go s.accept(l)\n\t\t}",
		new:  "}",
	},
}

var connectionGo = []mutant{
	{
		what: "a plain program comes to root's socket",
		old:  " || l.root && peer.Uid != 0 {",
		new:  " {",
	},
	{
		what: "a motpd that ends greets",
		old:  "if s.stopping.Load() || (",
		new:  "if (",
	},
	{
		what: "a silent connection keeps a motpd from ending",
		old:  "s.asides[w.File] = true\n",
		new:  "",
	},
	{
		what: "a program that thinks keeps a motpd from ending",
		old:  "until = until.Add(talkAtEnd)",
		new:  "until = until.Add(talkWait)",
	},
	{
		what: "a request that comes too late is taken",
		old:  "err = unix.Shutdown(int(fd), unix.SHUT_RD); err == nil",
		new:  "true",
	},
	{
		what: "a request that was sent in time is lost",
		old:  "n, _, err = unix.Recvfrom(int(fd), buffer, unix.MSG_DONTWAIT)",
		new:  "n = 0",
	},
}

var callerGo = []mutant{
	{
		what: "a plain program may ask about anybody",
		old:  "if settings.MayAsk(name, req.Service.S) {",
		new:  "if settings.MayAsk(name, req.Service.S) || true {",
	},
	{
		what: "a plain program's options widen",
		old:  "req.Limited, req.Caller = true,",
		new:  "req.Limited, req.Caller = false,",
	},
	{
		what: "what a plain program says of its account counts",
		old:  "req.Account, req.Lookup = login.Text{S: name}, 0",
		new:  "req.Account.S += \"\"",
	},
	{what: "nobody is an account", old: "if c.peer.Uid == nobody {", new: "if false {"},
	{
		what: "a user namespace of one's own does not matter",
		old:  "if err != nil || !bytes.Equal(ours, theirs) {",
		new:  "if err != nil || !bytes.Equal(ours, ours) || theirs == nil {",
	},
	{
		what: "a program that has ended may ask",
		old:  "if err != nil || !bytes.Equal(ours, theirs) {",
		new:  "if err == nil && !bytes.Equal(ours, theirs) {",
	},
}

var ticketGo = []mutant{
	{
		what: "a ticket is good twice",
		old:  "if _, used := t.used[serial]; used || now > ticket.until {",
		new:  "if now > ticket.until {",
	},
	{
		what: "a ticket is good for ever",
		old:  "used || now > ticket.until {",
		new:  "used {",
	},
	{
		what: "a ticket is good for another account's programs",
		old:  "number(uint64(c.peer.Uid))",
		new:  "number(0)",
	},
	{
		what: "a ticket is good for another process",
		old:  "number(uint64(c.peer.Pid))",
		new:  "number(1)",
	},
	{
		what: "a ticket is good with other flags",
		old:  "number(uint64(req.Flags))",
		new:  "number(2)",
	},
	{
		what: "a ticket is good with another lookup",
		old:  "number(uint64(req.Lookup))",
		new:  "number(3)",
	},
	{
		what: "a ticket is good for another user",
		old:  "[]login.Text{req.Service, req.User, req.RHost,",
		new:  "[]login.Text{req.Service, req.RHost,",
	},
	{
		what: "a ticket is good for another service",
		old:  "[]login.Text{req.Service, req.User, req.RHost,",
		new:  "[]login.Text{req.User, req.RHost,",
	},
	{
		what: "a ticket is good with other options",
		old:  "req.Account}, req.Options...) {",
		new:  "req.Account}) {",
	},
	{what: "a text that is missing is an empty one", old: "kind = 1", new: "kind = 0"},
	{
		what: "a ticket is read loosely",
		old:  " || base64.RawURLEncoding.EncodeToString(sealed) != ticket {",
		new:  " {",
	},
	{
		what: "an account fills the memory with used tickets",
		old:  "if t.of[ticket.uid] >= usedOfOne {",
		new:  "if false {",
	},
}

var residentJudgeGo = []mutant{
	{
		what: "a plain program is root's",
		old:  "if !c.root {",
		new:  "if false {",
	},
	{
		what: "motpd serves any site",
		old:  "if table == s.site.Table() && records == s.site.Records() {",
		new:  "if table == s.site.Table() {",
	},
	{
		what: "a plain program writes its own log line",
		old:  "if req.Limited {",
		new:  "if false {",
	},
	{
		what: "a verdict that nobody takes is not logged",
		old:  "s.journal.note(priorityError, out.Undelivered())",
		new:  "_ = out.Undelivered",
	},
	{what: "a packet is not wiped", old: "defer clear(packet)", new: "_ = packet"},
	{what: "an answer stays in motpd's memory", old: "defer req.Wipe()", new: "_ = req"},
	{
		what: "an earlier password stays in motpd's memory",
		old:  "defer heard.Wipe()",
		new:  "_ = heard",
	},
	{
		what: "a ticket need not be one",
		old: "if err != nil {\n\t\treturn login.Step{Outcome: " +
			"login.Refuse(*req, \"ticket\"",
		new: "if false {\n\t\treturn login.Step{Outcome: " +
			"login.Refuse(*req, \"ticket\"",
	},
	{
		what: "a malformed packet is not noted",
		old:  "s.journal.note(priorityNotice, line)\n\t\treturn\n",
		new:  "return\n",
	},
}

var listenGo = []mutant{
	{
		what: "two listen in one folder",
		old:  "unix.LOCK_EX|unix.LOCK_NB",
		new:  "unix.LOCK_SH|unix.LOCK_NB",
	},
	{
		what: "a folder of anybody's will do",
		old:  "\t\tst.Mode&0o022 != 0 {",
		new:  "\t\tfalse {",
	},
	{
		what: "another account's folder will do",
		old:  "int(st.Uid) != unix.Geteuid() ||",
		new:  "",
	},
	{
		what: "nobody but root may enter the folder",
		old:  "return os.Chmod(folder, 0o755)",
		new:  "return nil",
	},
	{
		what: "any kind of socket will do",
		old:  " || kind != unix.SOCK_SEQPACKET {",
		new:  " || kind < 0 {",
	},
}

var mayAskGo = []mutant{
	{
		what: "a grant is for any service",
		old:  "c.Account == account && slices.Contains(c.Services, service)",
		new:  "c.Account == account && (true || slices.Contains(c.Services, service))",
	},
	{
		what: "a grant is for any account",
		old:  "c.Account == account && slices.Contains(c.Services, service)",
		new:  "slices.Contains(c.Services, service)",
	},
}
