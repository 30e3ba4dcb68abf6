package main

var mergeGo = []mutant{
	{what: "failures of the other record are forgotten",
		old: "max(r.failures, o.failures)", new: "r.failures"},
	{what: "what the other record has used is forgotten",
		old: "m.replay.merge(o.replay)\n\tm.boundLow()", new: "m.boundLow()"},
	{what: "a secret that is in the other record alone is forgotten",
		old: "r.lines = append(r.lines, o)", new: ""},
	{what: "a code on paper that the other record has used is good",
		old: "r.paper.used = append(r.paper.used, h)", new: ""},
	{what: "an older set of the other record counts",
		old: "if o.set < r.paper.set {\n\t\treturn\n\t}", new: ""},
	{what: "grace outlives a merge", old: "r.grants = nil", new: ""},
	{what: "a PIN is lost", old: "r.pins = append(r.pins, p)", new: "_ = p"},
	{what: "the other PIN comes beside", old: "!slices.ContainsFunc(r.pins, p.isFor)",
		new: "true"},
	{what: "an invitation that was claimed is good",
		old: "r.claims[at].state = max(r.claims[at].state, o.state)", new: ""},
	{what: "a token may be shown in a second place",
		old: "case o.at < r.shown[at].at:", new: "case false:"},
	{what: "what a counter must have reached is forgotten",
		old: "m.synced = max(m.synced, o.synced)", new: ""},
	{what: "the reach is that of one record", old: "m.reach = max(m.reach, o.reach)",
		new: ""},
}

var takeGo = []mutant{
	{what: "no note is left", old: "r.moved, r.beyond = true, true", new: ""},
	{what: "the record from before may be read again",
		old: "r.moved, r.beyond = true, true", new: "r.moved = true"},
	{what: "a record that was taken before is taken again",
		old: "r.moved && taken == Merged && !mine.moved", new: "false"},
	{what: "what is lost is made of what was there before it",
		old: "r.moved && taken == Copied && !shared", new: "false"},
	{what: "a damaged record is an empty one",
		old: "r.burnAhead(u, now, v.Policy, unknownReach)\n\t\t\tr.burnPaper(u.Paper)",
		new: ""},
	{what: "a damaged record of nobody knows whom is an empty one",
		old: "err != nil && len(u.Tokens) == 0", new: "false"},
	{what: "the note comes along", old: "mine.moved, mine.beyond = false, true",
		new: "mine.moved, mine.beyond = r.moved || mine.moved, true"},
	{what: "a second run ends grace", old: "c.Record == nil || *wrote != nil && " +
		"bytes.Equal(c.Record, *wrote)", new: "c.Record == nil"},
}

var movedGo = []mutant{
	{what: "a record that was moved is judged by",
		old: "if r.moved {\n\t\treturn r, ErrMoved\n\t}", new: ""},
	{what: "a record that was moved is made anew", old: "case r.moved:", new: "case false:"},
}
