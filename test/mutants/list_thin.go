package main

// What the module of "make thin" does otherwise than the full one.

var judgeThinC = []mutant{
	{
		what: "without workers, a line that must have one is motpd's",
		old:  "if (l->line.way != MOTP_NEVER) {\n\t\tl->line.way = MOTP_ALWAYS;",
		new:  "if (1) {\n\t\tl->line.way = MOTP_ALWAYS;",
	},
	{
		what: "without workers, motpd need not be there",
		old:  "l->line.way = MOTP_ALWAYS;",
		new:  "",
	},
	{
		what: "a refused line is judged",
		old:  "if (!can_be_judged(l))\n\t\treturn PAM_SERVICE_ERR;",
		new:  "can_be_judged(l);",
	},
	{
		what: "a refused line is not logged",
		old:  "motp_log_detail(l->pamh, \"bad-option\", detail);",
		new:  "",
	},
}

var optionsThinC = []mutant{
	{
		what: "the log blames another option",
		old:  "line.by_worker = away != NULL ? away :",
		new:  "line.by_worker = away == NULL ? away :",
	},
}

var noworkerC = []mutant{
	{
		what: "the thin module waits for a worker that it has not",
		old:  "motp_has_worker = false;",
		new:  "motp_has_worker = true;",
	},
}
