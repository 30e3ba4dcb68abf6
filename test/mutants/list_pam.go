package main

var moduleC = []mutant{
	{
		what: "authentication is success",
		old:  "return motp_authenticate(pamh, flags, argc, argv);",
		new:  "return motp_authenticate(pamh, flags, argc, argv) * 0;",
	},
	{
		what: "a password change is a login",
		old:  "return motp_chauthtok(pamh, flags, argc, argv);",
		new:  "return motp_authenticate(pamh, flags, argc, argv);",
	},
}

var judgeC = []mutant{
	{
		what: "a password change without the option is success",
		old:  "return PAM_IGNORE;",
		new:  "return PAM_SUCCESS;",
	},
	{
		what: "who has no PIN any more is passed on to modules that asked nothing",
		old:  "if (code != PAM_IGNORE || pam_get_data",
		new:  "if (true || pam_get_data",
	},
	{
		what: "every line is for changes of a PIN",
		old:  "if (!l.line.change_pin)",
		new:  "if (0)",
	},
	{
		what: "a program's flags say that it is a change",
		old:  "(uint32_t)flags & ~WIRE_CHAUTHTOK,",
		new:  "(uint32_t)flags,",
	},
	{
		what: "a change is a login",
		old:  "l.flags |= WIRE_CHAUTHTOK;",
		new:  "",
	},
	{
		what: "a change begins with the question of a login",
		old:  "l.line.prompt = NULL;",
		new:  "",
	},
	{
		what: "a lost worker is ignored",
		old:  "return why == NONE ? l->result : PAM_AUTHINFO_UNAVAIL;",
		new:  "return why == NONE ? l->result : PAM_IGNORE;",
	},
	{
		what: "no worker is ignored",
		old:  "explicit_bzero(bytes, request.len);\n\t\treturn PAM_AUTHINFO_UNAVAIL;",
		new:  "explicit_bzero(bytes, request.len);\n\t\treturn PAM_IGNORE;",
	},
	{
		what: "deadline ten times as long",
		old:  "DEADLINE = 10000",
		new:  "DEADLINE = 100000",
	},
}

var dialogueC = []mutant{
	{
		what: "a text is shown in any style",
		old:  "(m->bytes[1] != PAM_ERROR_MSG && m->bytes[1] != PAM_TEXT_INFO) ||",
		new:  "false ||",
	},
	{
		what: "a failed conversation's answer is looked at",
		old:  "&msg, &resp) == PAM_SUCCESS && resp != NULL) {",
		new:  "&msg, &resp) != PAM_ABORT && resp != NULL) {",
	},
	{
		what: "what is shown is answered",
		old:  "m->bytes[1], text);\n\t\tsent = 0;",
		new:  "m->bytes[1], text);\n\t\tsent = send_answer(v->socket, 0, NULL);",
	},
	{
		what: "a verdict is about whoever the host has at the end",
		old:  "if (!same_user(l->pamh, l->user)) {",
		new:  "if (l->user == NULL) {",
	},
	{
		what: "a user who is taken away is the same",
		old:  "item != NULL && strcmp(item, user) == 0;",
		new:  "(item == NULL || strcmp(item, user) == 0);",
	},
	{
		what: "a malformed message is quoted in the log",
		old:  "m->bytes[0] < WIRE_LOWEST && ",
		new:  "",
	},
	{
		what: "last words are waited for as long as a verdict",
		old:  "if (budget > LAST_WORDS)",
		new:  "if (0)",
	},
	{
		what: "a conversation may answer with ignore",
		old:  " || code == PAM_IGNORE ||",
		new:  " ||",
	},
	{
		what: "a conversation may answer with any number",
		old:  "code <= PAM_SUCCESS || code >= _PAM_RETURN_VALUES || ",
		new:  "code == PAM_SUCCESS || ",
	},
	{
		what: "a conversation may say that the password expired",
		old:  " || code == PAM_NEW_AUTHTOK_REQD)",
		new:  ")",
	},
	{
		what: "a verdict may be any number",
		old:  "m->bytes[1] >= _PAM_RETURN_VALUES || ",
		new:  "",
	},
	{
		what: "a verdict may have more behind it",
		old:  "m->len != skip + 2 + n ||",
		new:  "m->len < skip + 2 + n ||",
	},
	{
		what: "a text may end in the middle",
		old:  " || memchr(m->bytes + skip + 2, '\\0', n) != NULL)",
		new:  ")",
	},
	{
		what: "a field may be longer than the packet",
		old:  "n > FIELD_MAX || m->len != skip + 2 + n ||",
		new:  "n > FIELD_MAX ||",
	},
	{
		what: "a packet that is cut is whole",
		old:  "return (size_t)n <= sizeof(m->bytes) ? NONE",
		new:  "return n >= 0 ? NONE",
	},
	{
		what: "a priority may be any number",
		old:  "m->len < 2 || m->bytes[1] > LOG_DEBUG ||",
		new:  "m->len < 2 ||",
	},
	{what: "answers are not wiped", old: "explicit_bzero(s, strlen(s));", new: "(void)0;"},
	{
		what: "packets with answers are not wiped",
		old:  "explicit_bzero(b.bytes, b.len);\n\treturn n == (ssize_t)b.len ? 0 : -1;",
		new:  "return n == (ssize_t)b.len ? 0 : -1;",
	},
	{
		what: "packets with codes are not wiped",
		old:  "explicit_bzero(m.bytes, m.len); /*",
		new:  "(void)0; /*",
	},
	{
		what: "answers are not freed",
		old:  "explicit_bzero(s, strlen(s));\n\t\tfree(s);",
		new:  "explicit_bzero(s, strlen(s));",
	},
	{
		what: "deadline anew with every message",
		old:  "*budget -= motp_now() - start;",
		new:  "(void)0;",
	},
	{
		what: "the code is shown while it is typed",
		old:  "PAM_PROMPT_ECHO_OFF",
		new:  "PAM_PROMPT_ECHO_ON",
	},
	{
		what: "no delay after a failure",
		old:  "pam_fail_delay(l->pamh, motp_get_number(m->bytes + 2, 4));",
		new:  "(void)0;",
	},
}

var optionsC = []mutant{
	{
		what: "the account is not looked up",
		old:  "line.account |= strcmp(argv[i], \"nullok\") == 0",
		new:  "line.account |= strcmp(argv[i], \"\") == 0",
	},
	{
		what: "every line has the account looked up",
		old:  "line.account |= strcmp(argv[i], \"nullok\") == 0",
		new:  "line.account |= true || strcmp(argv[i], \"nullok\") == 0",
	},
	{
		what: "a line with a mistake has the person asked",
		old:  "told |= !leaves_one_prompt(argv[i]);",
		new:  "told |= false && !leaves_one_prompt(argv[i]);",
	},
	{
		what: "a prompt may be anything",
		old:  "told |= !good_prompt(value);",
		new:  "told |= false && !good_prompt(value);",
	},
}

var requestC = []mutant{
	{
		what: "a long option is cut",
		old:  "size_t n = s != NULL ? strnlen(s, FIELD_MAX + 1) : 0;",
		new:  "size_t n = s != NULL ? strnlen(s, FIELD_MAX) : 0;",
	},
}

var failureC = []mutant{
	{
		what: "rhost forges a line of ours",
		old:  "strchr(\".:-_%\", s[i]) != NULL",
		new:  "strchr(\".:-_% =\", s[i]) != NULL",
	},
	{
		what: "last words end their quotation",
		old:  `strchr("\"\\=", s[i]) != NULL`,
		new:  `strchr("\\=", s[i]) != NULL`,
	},
	{
		what: "last words forge a field",
		old:  `strchr("\"\\=", s[i]) != NULL`,
		new:  `strchr("\"\\", s[i]) != NULL`,
	},
	{
		what: "last words are as long as they like",
		old:  "if (len > sizeof(said->text) - said->len)",
		new:  "if (0)",
	},
	{
		what: "limits are not named",
		old:  "lim.rlim_cur < kinds[i].enough",
		new:  "lim.rlim_cur < 1",
	},
}

var accountC = []mutant{
	{
		what: "a directory that does not answer has no account",
		old:  "\treturn err;\n}\n\nint",
		new:  "\treturn 0 * err;\n}\n\nint",
	},
	{
		what: "a large entry is none",
		old:  "err == ERANGE && size <= ENTRY_MOST",
		new:  "err == ERANGE && size <= ENTRY_FIRST",
	},
	{what: "an interrupted lookup is a failure", old: "== EINTR)", new: "== -EINTR)"},
	{
		what: "an errno that the wire has no room for is cut",
		old:  "return err >= 0 && err <= ERRNO_MOST ? err : EIO;",
		new:  "return err;",
	},
}

var workerC = []mutant{
	{
		what: "the worker outlives its host",
		old:  "prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ",
		new:  "",
	},
	{what: "the worker may be traced", old: "prctl(PR_SET_DUMPABLE, 0) != 0 ||", new: "0 ||"},
	{what: "the worker dumps core", old: "setrlimit(RLIMIT_CORE, &no_core) != 0 || ", new: ""},
	{
		what: "the worker keeps the host's descriptors",
		old:  "close_from(3);",
		new:  "(void)close_from;",
	},
	{
		what: "the worker keeps the caller's user id",
		old:  "if (geteuid() == 0 && setresuid(0, 0, 0) != 0)",
		new:  "if (0)",
	},
	{
		what: "the worker keeps ignored signals",
		old:  "syscall(SYS_rt_sigaction, sig, dfl, NULL, _NSIG / 8);",
		new:  "(void)dfl;",
	},
	{
		what: "the worker keeps blocked signals",
		old:  "if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)",
		new:  "if (0)",
	},
	{
		what: "the host's mask is not restored",
		old:  "pthread_sigmask(SIG_SETMASK, &before, NULL);",
		new:  "(void)before;",
	},
	{
		what: "the worker is not reaped",
		old:  "reap(w->pid, done ? END_WAIT : REAP_WAIT);",
		new:  "(void)reap;",
	},
	{what: "the host keeps the socket", old: "close(w->socket);", new: "(void)0;"},
	{what: "the worker is not ended", old: "kill(w->pid, SIGKILL);", new: "(void)0;"},
	{
		what: "Go starts whether or not it has its addresses",
		old:  "if (motp_late_relocate() != 0)",
		new:  "if (motp_late_relocate() > 0)",
	},
	{
		what: "the worker can be reached from the terminal",
		old:  "if (setsid() < 0)",
		new:  "if (0)",
	},
	{
		what: "a child waits for a thread of its parent",
		old:  "if (owner != self)",
		new:  "if (0)",
	},
	{
		what: "the host's SIGCHLD is ours while a person types",
		old:  "\tif (--sigchld_users == 0)\n\t\tsigaction(SIGCHLD, &sigchld_host, NULL);",
		new:  "\t--sigchld_users;",
	},
}

var roomGo = []mutant{
	{
		what: "Go's stack grows in the middle of a login",
		old:  "const size = 40 << 10",
		new:  "const size = 40",
	},
	{
		what: "other packages run before Go's stack has room",
		old:  "package room\n",
		new:  "package room\n\nimport _ \"strings\"\n",
	},
}

var lateC = []mutant{
	{
		what: "Go's data stays without its addresses",
		old:  "if (list.start == list.end || atomic_load(&done))",
		new:  "if (1)",
	},
	{
		what: "Go's constants stay writable",
		old:  "return protect(PROT_READ);",
		new:  "return protect(PROT_READ | PROT_WRITE);",
	},
	{
		what: "it does not matter whether Go's constants are read-only again",
		old:  "return protect(PROT_READ);",
		new:  "return protect(PROT_READ) * 0;",
	},
	{
		what: "every host does the work for one login",
		old:  "atomic_fetch_add(&logins, 1) == 1",
		new:  "atomic_fetch_add(&logins, 1) < 2",
	},
	{
		what: "each worker does the work anew",
		old:  "atomic_store(&done, true);",
		new:  "(void)done;",
	},
}
