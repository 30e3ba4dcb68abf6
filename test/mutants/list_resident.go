package main

var residentC = []mutant{
	{
		what: "a socket that a user has made is motpd's",
		old:  "if (S_ISSOCK(st.st_mode) && st.st_uid == 0)",
		new:  "if (S_ISSOCK(st.st_mode))",
	},
	{
		what: "who listens need not be root",
		old:  "if (len == sizeof(peer) && peer.uid == 0)",
		new:  "if (len == sizeof(peer))",
	},
	{
		what: "a link leads to motpd",
		old:  "if (lstat(path, &st) != 0)",
		new:  "if (stat(path, &st) != 0)",
	},
	{
		what: "any word of motpd's is HELLO",
		old:  "hello[0] != WIRE_HELLO ||",
		new:  "",
	},
	{
		what: "a newer motpd is spoken to",
		old:  "hello[1] > WIRE_VERSION ||",
		new:  "",
	},
	{
		what: "a motpd that says nothing is waited for",
		old:  "HELLO_WAIT = 1000,",
		new:  "HELLO_WAIT = 100000,",
	},
}

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

// What the module's C and the login have for motpd.
var judgeMotpdC = []mutant{
	{
		what: "a worker judges what motpd has",
		old:  "if (socket >= 0)\n\t\treturn judged_by_resident(l, socket);",
		new: "if (socket >= 0 && judged_by_resident(l, socket) !=\n\t    " +
			"PAM_AUTHINFO_UNAVAIL)\n\t\treturn l->result;",
	},
	{
		what: "a worker judges where motpd must",
		old:  "if (l->line.way == MOTP_ALWAYS) {",
		new:  "if (0) {",
	},
	{
		what: "motpd is asked where a worker must judge",
		old:  "if (l->line.way != MOTP_NEVER)\n\t\tsocket =",
		new:  "if (1)\n\t\tsocket =",
	},
	{
		what: "motpd may ask for ever",
		old:  "question != NULL && asked < QUESTIONS_MAX) {",
		new:  "question != NULL) {",
	},
	{
		what: "an answer comes without its ticket",
		old:  "l->answer.ticket = ticket;\n\t\t\tticket = NULL;",
		new:  "l->answer.ticket = NULL;",
	},
	{
		what: "an older answer is sent again",
		old:  "l->answer.code = motp_converse(l, NULL, question, &l->answer.text);",
		new: "l->answer.code = l->answer.ticket != NULL ? 0 :\n\t\t" +
			"motp_converse(l, NULL, question, &l->answer.text);",
	},
	{
		what: "a request is not wiped",
		old:  "explicit_bzero(b.bytes, b.len);\n\treturn n == (ssize_t)b.len;",
		new:  "return n == (ssize_t)b.len;",
	},
	{
		what: "a connection to motpd is kept",
		old:  "close(v.socket);\n\t\tv.socket = -1;",
		new:  "v.socket = -1;",
	},
	{
		what: "a restart costs a login where it must be motpd",
		old:  "|| tries == TRIES)",
		new:  "|| tries >= 1)",
	},
}

var dialogueMotpdC = []mutant{
	{
		what: "motpd may have the person asked on a connection",
		old:  "if (v->worker == NULL || (text = take_text(m, 1)) == NULL)",
		new:  "if ((text = take_text(m, 1)) == NULL)",
	},
	{
		what: "a worker may end with a question",
		old:  "m.bytes[0] == WIRE_ASK && v->worker == NULL)",
		new:  "m.bytes[0] == WIRE_ASK)",
	},
}

var optionsMotpdC = []mutant{
	{
		what: "a line that names another table is motpd's",
		old:  "if (away != NULL)\n\t\tline.way = MOTP_NEVER;",
		new:  "",
	},
	{
		what: "the host asks before an earlier password is tried",
		old:  "\"prompt=\", \"motpd=\",",
		new:  "\"prompt=\", \"motpd=\", \"try_first_pass\",",
	},
	{
		what: "a line that names another folder is motpd's",
		old:  "{ \"cache=\", DEFAULT_RECORDS },",
		new:  "",
	},
	{
		what: "motpd= may be anything",
		old:  "told |= !read_way(value, &line.way);",
		new:  "(void)read_way(value, &line.way);",
	},
	{
		what: "the first of two prompts counts",
		old:  "prompt = value;\n",
		new:  "if (strcmp(prompt, DEFAULT_PROMPT) == 0)\n\t\t\t\tprompt = value;\n",
	},
}

var requestMotpdC = []mutant{
	{
		what: "options that there is no room for are lost",
		old:  "b->size -= 2;\n",
		new:  "",
	},
}

var loginMotpdGo = []mutant{
	{
		what: "a conversation opens a stack",
		old:  "return refused(conversationCode(Code(answer.Code)),",
		new:  "return refused(Code(answer.Code),",
	},
	{
		what: "a program that comes again without an answer has answered nothing",
		old:  "case answer == nil:",
		new:  "case false:",
	},
	{
		what: "the next code is checked like a first one",
		old:  "case stage.pending != nil:",
		new:  "case false:",
	},
	{
		what: "a login goes on in spite of a mistake in its options",
		old: "func (s *session) goOn(from Stage) result {\n" +
			"\tif err := s.readOptions(); err != nil {",
		new: "func (s *session) goOn(from Stage) result {\n" +
			"\tif err := s.readOptions(); err != nil && false {",
	},
	{
		what: "debug writes what a plain program has told",
		old:  "s.debug = false // which",
		new:  "_ = false // which",
	},
}

var changeMotpdGo = []mutant{
	{
		what: "a change goes on as a login",
		old:  "case s.req.changes() != (stage.change != nil):",
		new:  "case false:",
	},
	{
		what: "a code is left for later modules, as the password",
		old:  "s.options = s.options.forChange()",
		new:  "_ = 0",
	},
}

var wireMotpdGo = []mutant{
	{what: "a request of another version is read", old: " || b[1] != Version {", new: " {"},
	{what: "a request that was cut is read", old: " || len(b) > RequestMax ", new: " "},
	{
		what: "there may be an answer that nobody asked for",
		old:  "if r.failed || asked > 1 || asked == 0 && unasked {",
		new:  "if r.failed || asked > 1 || unasked && false {",
	},
	{
		what: "a zero byte ends a text",
		old:  "if bytes.IndexByte(b, 0) >= 0 {",
		new:  "if false {",
	},
	{
		what: "an answer with a mistake behind it is not wiped",
		old:  "req.Wipe()\n\t\treturn",
		new:  "return",
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
