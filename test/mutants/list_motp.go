package main

// mutants are all breakages, in the order of a login.
func mutants() []mutant {
	var all []mutant
	for _, part := range []struct {
		file string
		list []mutant
	}{
		{"pam/module.c", moduleC}, {"pam/dialogue.c", dialogueC}, {"pam/worker.c", workerC},
		{"pam/wire/wire.go", wireGo}, {"pam/login/options.go", optionsGo}, {"pam/login/login.go", loginGo}, {"pam/login/logline.go", loglineGo},
		{"conf/open.go", openGo}, {"conf/conf.go", confGo}, {"conf/sections.go", sectionsGo}, {"conf/columns.go", columnsGo}, {"conf/values.go", valuesGo},
		{"motp/mobile.go", mobileGo}, {"motp/oath.go", oathGo}, {"motp/window.go", windowGo}, {"motp/judge.go", judgeGo}, {"motp/replay.go", replayGo},
		{"motp/resync.go", resyncGo}, {"motp/verify.go", verifyGo}, {"motp/record.go", recordGo}, {"motp/recordfile.go", recordFileGo},
		{"motp/store.go", storeGo}, {"motp/name.go", nameGo},
	} {
		for _, m := range part.list {
			m.file = part.file
			all = append(all, m)
		}
	}
	return all
}

var mobileGo = []mutant{
	{what: "the PIN is not hashed", old: "s = append(s, c.pin...)", new: "_ = c.pin"},
	{what: "one digit less is compared", old: "for i := range CodeLength {", new: "for i := range CodeLength - 1 {"},
}

var oathGo = []mutant{
	{what: "a code keeps its sign bit", old: "h[at]&0x7f", new: "h[at]&0xff"},
}

var windowGo = []mutant{
	{what: "window: a step too many at the end", old: "around := window{center - reach, center + reach}", new: "around := window{center - reach, center + reach + 1}"},
	{what: "window: a step too many at the beginning", old: "around := window{center - reach, center + reach}", new: "around := window{center - reach - 1, center + reach}"},
	{what: "HOTP: a counter too many", old: "max(next-reach, 0), next + reach}}", new: "max(next-reach, 0), next + reach + 1}}"},
	{what: "HOTP: the used counter is next", old: "return max(t.Counter, m.high+1)", new: "return max(t.Counter, m.high)"},
	{what: "drift without a bound", old: "return min(max(m.drift, -limit), limit)", new: "return m.drift + 0*limit"},
	{what: "comparison: a right code with more behind it", old: "return same&subtle.ConstantTimeEq(int32(len(want)), int32(len(typed))) == 1", new: "return same == 1"},
	{what: "comparison: any code", old: "same := subtle.ConstantTimeCompare(want, padded)", new: "same := subtle.ConstantTimeCompare(padded, padded)"},
	{what: "a used step is fresh", old: "case m.look(step) == stepUsed:", new: "case false:"},
	{what: "a step before all memory is fresh", old: "case m.look(step) == stepOld:", new: "case false:"},
	{what: "HOTP: a lost counter begins anew", old: "case m.counterLost(t):", new: "case false:"},
	{what: "HOTP: a used counter is fresh", old: "case t.Type == HOTP && step < m.next(t):", new: "case false:"},
	{what: "a replay weighs less than a fresh match", old: "case Replay:\n\t\treturn 3", new: "case Replay:\n\t\treturn 0"},
	{what: "only one of the steps of a code is noted", old: "for _, step := range steps {\n\t\tm.use(step)", new: "for _, step := range steps[:1] {\n\t\tm.use(step)"},
}

var judgeGo = []mutant{
	{what: "lock: a guess too many", old: "int64(r.failures) >= int64(p.MaxFailures)", new: "int64(r.failures) > int64(p.MaxFailures)"},
	{what: "lock: right codes pass", old: "case r.locked(p):", new: "case false:"},
	{what: "lock: one that never ends, ends at once", old: "r.locked(p) && p.UnlockAfter > 0 && now.Unix()", new: "r.locked(p) && now.Unix()"},
	{what: "lock: ends too late", old: ">= int64(p.UnlockAfter/time.Second)", new: "> int64(p.UnlockAfter/time.Second)"},
	{what: "lock: a clock set back ends it", old: "now.Unix()-since >= int64", new: "(now.Unix()-since)*(now.Unix()-since) >= int64"},
	{what: "lock: one of another service's failures ended long ago", old: "since := max(r.lockedSince, r.lastFailure)", new: "since := r.lockedSince"},
	{what: "a user who is switched off gets in", old: "case u.Disabled || len(u.Tokens) == 0:", new: "case len(u.Tokens) == 0:"},
	{what: "a wrong code is not counted", old: "r.failures++", new: "r.failures += 0"},
	{what: "a malformed code is not counted", old: "r.wrongMark = mark\n\tr.countFailure(now, p)", new: "if r.wrongMark = mark; u.WellFormed(typed) {\n\t\tr.countFailure(now, p)\n\t}"},
	{what: "a replay ends the row of failures", old: "case v == Accepted:\n", new: "case v != Wrong:\n"},
	{what: "every second wrong code is free", old: "case r.wrongMark == mark && r.justFailed(now):", new: "case r.wrongMark != 0 && r.justFailed(now):"},
	{what: "the same wrong code is free for ever", old: "case r.wrongMark == mark && r.justFailed(now):", new: "case r.wrongMark == mark:"},
	{what: "the same wrong code is free if the clock is set back", old: "return ago >= 0 && ago <", new: "return ago <"},
	{what: "all wrong codes are the same one", old: "h.Write([]byte(a.exact))", new: "h.Write(nil)"},
	{what: "the mark of a wrong answer is not keyed", old: "h.Write([]byte(u.Tokens[0].Secret))", new: "h.Write(nil)"},
	{what: "sshd's dummy answer locks people out", old: `case a.exact == "" || isOpenSSHDummy(typed):`, new: `case a.exact == "":`},
	{what: "half of sshd's dummy answer is free", old: `if typed[i] != dummy[i%len(dummy)] {`, new: `if i < 3 && typed[i] != dummy[i%len(dummy)] {`},
	{what: "an accepted code is not noted", old: "if best == Accepted {", new: "if best == Refused {"},
	{what: "a long answer is cut to a right code", old: "typed = typed[:maxAnswer]", new: "typed = typed[:CodeLength]"},
	{what: "success does not end the row of failures", old: "r.failures, r.lockedSince, r.wrongMark, r.lastLogin = 0, 0, 0, now.Unix()", new: "r.lockedSince, r.wrongMark, r.lastLogin = 0, 0, now.Unix()"},
}

var replayGo = []mutant{
	{what: "bitmap: the highest step is fresh", old: "case r.blank() || back < 0:", new: "case r.blank() || back <= 0:"},
	{what: "bitmap: what is too old is fresh", old: "return stepOld", new: "return stepFresh"},
	{what: "bitmap: shifted by one too many across words", old: "r.used[i-1]>>(64-n)", new: "r.used[i-1]>>(63-n)"},
	{what: "bitmap: shifted by one too few", old: "r.used[0] <<= n", new: "r.used[0] <<= n - 1"},
	{what: "bitmap: whole words shifted the wrong way", old: "copy(r.used[1:], r.used[:])", new: "copy(r.used[:], r.used[1:])"},
	{what: "bitmap: written to behind its end", old: "if back := r.high - step; back < replayReach {", new: "if back := r.high - step; back >= 0 {"},
	{what: "burn leaves steps fresh", old: "r.used[i] = ^uint64(0)", new: "r.used[i] = 1"},
	{what: "burn does not reach up", old: "if r.blank() || step > r.high {", new: "if r.blank() {"},
}

var resyncGo = []mutant{
	{what: "resync: a used code is one of the two", old: "if len(steps) > 0 && m.weigh(t, append(steps, f.step)) == Accepted {", new: "if len(steps) > 0 && m != nil {"},
	{what: "resync: a used code opens the second question", old: "if m.weigh(t, []int64{step}) == Accepted {", new: "if true {"},
	{what: "resync: the same code counts as both", old: "[]window{{f.step + 1, f.step", new: "[]window{{f.step, f.step"},
	{what: "resync: the first code stays fresh", old: "m.use(best.step)", new: "_ = best.step"},
	{what: "resync: forgotten with one slot", old: "if err != nil || res.Verdict != Accepted {\n\t\treturn res, err", new: "if err != nil || res.Verdict >= Refused {\n\t\treturn res, err"},
	{what: "resync: two codes need not follow each other", old: "return max(1, int64(nextWithin/t.StepLength()))", new: "return 100 * max(1, int64(nextWithin/t.StepLength()))"},
}

var verifyGo = []mutant{
	{what: "an unwritten verdict is told", old: "return Result{}, err\n", new: "return res, nil\n"},
	{what: "too many tokens are let through", old: `u.Name == "" || len(u.Tokens) > MaxTokens`, new: `u.Name == ""`},
	{what: "resync is offered to a user who is locked by it", old: "if verdict != Wrong || r.locked(v.Policy) {", new: "if verdict != Wrong {"},
	{what: "doubt about a record is not made up for", old: "if doubt {\n\t\t\tr.assumeWorst(u, now, v.Policy)\n\t\t}\n\t\tverdict, token", new: "verdict, token"},
	{
		what: "a damaged record's unlock forgets codes",
		old: "return v.replace(ctx, u.Name, func(r *record, _ bool) {\n" +
			"\t\tr.assumeWorst(u, now, v.Policy)",
		new: "return v.replace(ctx, u.Name, func(r *record, _ bool) {",
	},
}
