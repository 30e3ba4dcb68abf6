package main

var pipeClientGo = []mutant{
	{what: "who gives up does not tell the other end",
		old: "c.out.send(message{Kind: cancel, Call: id}); err != nil",
		new: "error(nil); err != nil"},
	{what: "the change's own error is lost",
		old: "m.Error.Change && k.failed != nil", new: "false"},
	{what: "a change that failed is written",
		old: "reply = message{Kind: failed, Call: k.id}", new: ""},
	{what: "who is over is sent all the same",
		old: "if err := ctx.Err(); err != nil {\n\t\treturn message{}, err\n\t}", new: ""},
	{what: "a record that no older one may stand for is any", old: "Only: made.Only", new: ""},
	{what: "a record in doubt is none",
		old: "Record: m.Record, Doubt: m.Doubt, Lost: m.Lost,\n\t\tRoom: m.Room})\n\treply",
		new: "Record: m.Record, Lost: m.Lost,\n\t\tRoom: m.Room})\n\treply"},
	{what: "another version is spoken to", old: " || m.Form != form", new: ""},
}

var pipeServerGo = []mutant{
	{what: "a client that is gone has its change made",
		old: "case <-ctx.Done():\n\t\t\treturn motp.Next{}, ctx.Err()",
		new: "case <-ctx.Done():\n\t\t\treturn motp.Next{}, nil"},
	{what: "a second answer is kept for later", old: "make(chan message, 1)",
		new: "make(chan message, 9)"},
	{what: "who is given up goes on", old: "at.cancel()", new: ""},
	{what: "all names are those of the first part",
		old: "all = all[len(m.Names):]", new: "all = nil"},
	{what: "an answer that is too large is none", old: "errors.Is(err, errTooLarge) {\n\t\t_",
		new: "false {\n\t\t_"},
}

var pipeErrorsGo = []mutant{
	{what: "an error is nothing that callers know", old: "w.Is = append(w.Is, word)",
		new: "_ = word"},
	{what: "an error has no word", old: "w.Reason = reason.Reason()", new: ""},
}
