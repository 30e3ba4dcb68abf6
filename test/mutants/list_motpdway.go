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
	{
		what: "waiting for HELLO takes no time",
		old:  "*budget -= now - began;",
		new:  "(void)began;",
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
