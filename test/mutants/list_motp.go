package main

var strangerGo = []mutant{
	{
		what: "strangers of one name do not wait",
		old:  "f, err = l.lock(p, f)",
		new:  "_ = l.lock",
	},
	{
		what: "all strangers wait for each other",
		old:  "f.place = placeOf(name)",
		new:  "f.place = 1",
	},
	{
		what: "the lock is shared",
		old:  "unix.LOCK_EX|unix.LOCK_NB",
		new:  "unix.LOCK_SH|unix.LOCK_NB",
	},
	{
		what: "users lock a place of their records",
		old:  "case f.place == 0:",
		new:  "case false:",
	},
	{
		what: "strangers are worked on without their turn",
		old:  "return recordFile{}, nil, err\n\t}\n\treturn f,",
		new:  "return f, func() { f.close() }, nil\n\t}\n\treturn f,",
	},
}

var mobileGo = []mutant{
	{what: "the PIN is not hashed", old: "s = append(s, c.pin...)", new: "_ = c.pin"},
	{
		what: "one digit less is compared",
		old:  "for i := range c.digits {",
		new:  "for i := range c.digits - 1 {",
	},
}

var oathGo = []mutant{
	{what: "a code keeps its sign bit", old: "h[at]&0x7f", new: "h[at]&0xff"},
}

var windowGo = []mutant{
	{
		what: "window: a step too many at the end",
		old:  "around := window{center - reach, center + reach}",
		new:  "around := window{center - reach, center + reach + 1}",
	},
	{
		what: "window: a step too many at the beginning",
		old:  "around := window{center - reach, center + reach}",
		new:  "around := window{center - reach - 1, center + reach}",
	},
	{
		what: "HOTP: a counter too many",
		old:  "max(next-reach, 0), next + reach}}",
		new:  "max(next-reach, 0), next + reach + 1}}",
	},
	{
		what: "drift without a bound",
		old:  "return min(max(drift, -limit), limit)",
		new:  "return drift + 0*limit",
	},
	{
		what: "comparison: a right code with more behind it",
		old:  "return same&subtle.ConstantTimeEq(int32(len(want)), int32(len(typed))) == 1",
		new:  "return same == 1",
	},
	{
		what: "comparison: any code",
		old:  "same := subtle.ConstantTimeCompare(want, padded)",
		new:  "same := subtle.ConstantTimeCompare(padded, padded)",
	},
	{
		what: "a replay weighs less than a fresh match",
		old:  "case Replay:\n\t\treturn 3",
		new:  "case Replay:\n\t\treturn 0",
	},
	{what: "only one of the numbers of a code is noted",
		old: "for _, number := range numbers {\n\t\tm.use(number)",
		new: "for _, number := range numbers[:1] {\n\t\tm.use(number)"},
	{
		what: "a code from beyond the reach is written once",
		old:  "slices.Max(numbers) >= beyond",
		new:  "slices.Max(numbers) < beyond-beyond",
	},
	{
		what: "no accepted code proves the clock",
		old:  "r.proven = max(r.proven, now.Unix())",
		new:  "_ = now",
	},
}

var memoryGo = []mutant{
	{
		what: "HOTP: the used counter is next",
		old:  "return max(t.Counter, m.high+1)",
		new:  "return max(t.Counter, m.high)",
	},
	{what: "HOTP: a lost counter begins anew", old: "if m.counterLost(t) {", new: "if false {"},
	{
		what: "HOTP: a used counter is fresh",
		old:  "if t.counts() && number < m.next(t) {",
		new:  "if false {",
	},
	{
		what: "a number of another line of the secret is fresh",
		old:  "|| other.key != m.key ||",
		new:  "|| other.key == m.key ||",
	},
	{
		what: "a number below another line of the secret is used",
		old:  " || !other.covers(number)",
		new:  "",
	},
	{
		what: "the PIN makes another secret",
		old:  `"\x00" + hashedSecret(t)))`,
		new:  `"\x00" + hashedSecret(t) + t.PIN))`,
	},
	{
		what: "the name makes another secret",
		old:  `"\x00" + hashedSecret(t)))`,
		new:  `"\x00" + hashedSecret(t) + t.Name))`,
	},
	{
		what: "zeros behind a key make another",
		old:  "secret = secret[:len(secret)-1]",
		new:  "break",
	},
	{
		what: "the reach is not noted",
		old:  "m.reach = max(m.reach, highest-server)",
		new:  "_ = server",
	},
	{
		what: "what was learned of a clock outlives an edit",
		old:  "if m.base != int64(t.Offset/time.Second) {",
		new:  "if false {",
	},
}

var judgeGo = []mutant{
	{
		what: "lock: a guess too many",
		old:  "int64(r.failures) >= int64(p.MaxFailures)",
		new:  "int64(r.failures) > int64(p.MaxFailures)",
	},
	{what: "lock: right codes pass", old: "case r.locked(p) && !r.lockEnded(now, p):",
		new: "case false:"},
	{
		what: "lock: one that never ends, ends at once",
		old:  "r.locked(p) && p.UnlockAfter > 0 &&",
		new:  "r.locked(p) &&",
	},
	{
		what: "lock: ends too late",
		old:  ">= int64(p.lockLasts(r.locks)/time.Second)",
		new:  "> int64(p.lockLasts(r.locks)/time.Second)",
	},
	{
		what: "lock: a clock set back ends it",
		old:  "now.Unix()-since >= int64",
		new:  "(now.Unix()-since)*(now.Unix()-since) >= int64",
	},
	{
		what: "lock: one of another service's failures ended long ago",
		old:  "since := max(r.lockedSince, r.lastFailure)",
		new:  "since := r.lockedSince",
	},
	{what: "lock: the next one lasts no longer", old: "r.locks++", new: "r.locks += 0"},
	{
		what: "lock: success does not end the doubling",
		old:  "r.failures, r.locks, r.lockedSince, r.wrongMark = 0, 0, 0, 0",
		new:  "r.failures, r.lockedSince, r.wrongMark = 0, 0, 0",
	},
	{
		what: "a clock that is before the last login counts",
		old:  "case r.clockBehind(now):",
		new:  "case false:",
	},
	{
		what: "a user who is switched off gets in",
		old:  "case u.Disabled || len(u.Tokens) == 0:",
		new:  "case len(u.Tokens) == 0:",
	},
	{what: "a wrong code is not counted", old: "r.failures++", new: "r.failures += 0"},
	{
		what: "a malformed code is not counted",
		old:  "r.grants = nil\n\tr.countFailure(now, p)",
		new:  "if r.grants = nil; u.wellFormed(a) {\n\t\tr.countFailure(now, p)\n\t}",
	},
	{
		what: "a replay ends the row of failures",
		old:  "case v == Accepted:\n",
		new:  "case v != Wrong:\n",
	},
	{
		what: "every second wrong code is free",
		old:  "case r.wrongMark == mark && r.justFailed(now):",
		new:  "case r.wrongMark != 0 && r.justFailed(now):",
	},
	{
		what: "the same wrong code is free for ever",
		old:  "case r.wrongMark == mark && r.justFailed(now):",
		new:  "case r.wrongMark == mark:",
	},
	{
		what: "the same wrong code is free if the clock is set back",
		old:  "return ago >= 0 && ago <",
		new:  "return ago <",
	},
	{what: "all wrong codes are the same one",
		old: "h.Write([]byte(u.marked(a)))", new: "h.Write(nil)"},
	{
		what: "the mark of a wrong answer is not keyed",
		old:  "h.Write([]byte(u.Tokens[0].Secret))",
		new:  "h.Write(nil)",
	},
	{
		what: "sshd's dummy answer locks people out",
		old:  `case a.text == "" || isOpenSSHDummy(a.typed):`,
		new:  `case a.text == "":`,
	},
	{
		what: "half of sshd's dummy answer is free",
		old:  `if typed[i] != dummy[i%len(dummy)] {`,
		new:  `if i < 3 && typed[i] != dummy[i%len(dummy)] {`,
	},
	{
		what: "an accepted code is not noted",
		old:  "if best == Accepted {",
		new:  "if best == Refused {",
	},
	{
		what: "a wrong code does not end grace",
		old:  "r.grants = nil\n\tr.countFailure(now, p)",
		new:  "r.countFailure(now, p)",
	},
	{
		what: "success does not end the row of failures",
		old:  "r.failures, r.locks, r.lockedSince, r.wrongMark = 0, 0, 0, 0",
		new:  "r.locks, r.lockedSince, r.wrongMark = 0, 0, 0",
	},
}

var replayGo = []mutant{
	{
		what: "bitmap: the highest step is fresh",
		old:  "case r.blank() || step > r.high:",
		new:  "case r.blank() || step >= r.high:",
	},
	{what: "bitmap: what is too old is fresh", old: "return stepOld", new: "return stepFresh"},
	{
		what: "bitmap: shifted by one too many across words",
		old:  "r.used[i-1]>>(64-n)",
		new:  "r.used[i-1]>>(63-n)",
	},
	{
		what: "bitmap: shifted by one too few",
		old:  "r.used[0] <<= n",
		new:  "r.used[0] <<= n - 1",
	},
	{
		what: "bitmap: whole words shifted the wrong way",
		old:  "copy(r.used[1:], r.used[:])",
		new:  "copy(r.used[:], r.used[1:])",
	},
	{
		what: "bitmap: written to behind its end",
		old:  "if back := r.high - step; back < replayReach {",
		new:  "if back := r.high - step; back >= 0 {",
	},
	{what: "burn leaves steps fresh", old: "r.used[i] = ^uint64(0)", new: "r.used[i] = 1"},
	{
		what: "burn does not reach up",
		old:  "if r.blank() || step > r.high {",
		new:  "if r.blank() {",
	},
	{what: "burn does not reach down", old: "r.low = math.MinInt64", new: "_ = math.MinInt64"},
	{what: "merge forgets the lower half", old: "r.use(o.high - back)", new: "_ = back"},
	{what: "the lowest number is not noted", old: "r.low = min(r.low, step)", new: "_ = step"},
}

var resyncGo = []mutant{
	{
		what: "sync: a code inside the window moves nothing",
		old:  "m.learn(t, 0, synced+drift)",
		new:  "_ = synced",
	},
	{
		what: "sync: another token's clock is moved, too",
		old:  "t.Name == token && drift != 0",
		new:  "drift != 0",
	},
	{what: "sync: only what the policy offers is searched",
		old: "v.Policy.Resync = MaxResync", new: "_ = MaxResync"},
	{
		what: "resync: a used code is one of the two",
		old:  "append(next, f.number)); rank",
		new:  "[]int64{f.number}); rank",
	},
	{
		what: "resync: a used code opens the second question",
		old:  "if r.weigh(t, m, []int64{number}) == Accepted {",
		new:  "if true {",
	},
	{
		what: "resync: the same code counts as both",
		old:  "[]window{{f.number + 1, f.number",
		new:  "[]window{{f.number, f.number",
	},
	{
		what: "resync: the first code stays fresh",
		old:  "m.use(best.first)",
		new:  "_ = best.first",
	},
	{
		what: "resync: forgotten with one slot",
		old:  "r.accept(t, m, best.next, math.MinInt64, now)",
		new:  "r.accept(t, m, best.next, math.MaxInt64, now)",
	},
	{what: "resync: another user's code is the first", old: "p.user == u.Name &&", new: ""},
	{what: "resync: the first code is good for ever", old: " && age <= pendingFor", new: ""},
	{
		what: "resync: another token's code is the first",
		old:  "t.Name != f.token || m.key != f.key",
		new:  "m.key != f.key",
	},
	{
		what: "resync: two codes need not follow each other",
		old:  "return max(1, int64(nextWithin/t.StepLength()))",
		new:  "return 100 * max(1, int64(nextWithin/t.StepLength()))",
	},
}

var verifyGo = []mutant{
	{
		what: "a password ends before the first token's code, whosever it is",
		old:  "from = pending.matches[0].token", new: "from = token",
	},
	{
		what: "the table's PINs are judged by",
		old:  "judge(r, forced)",
		new:  "judge(r, append([]User{u}, forced)[0])",
	},
	{
		what: "an unwritten verdict is told",
		old:  "if err != nil {\n\t\treturn Result{}, err\n\t}\n\treturn res, nil",
		new:  "return res, nil",
	},
	{
		what: "resync is offered to a user who is locked by it",
		old:  "if v != Wrong || r.locked(p) {",
		new:  "if v != Wrong {",
	},
	{what: "a damaged record's unlock forgets codes",
		old: "r.burnAhead(u, now, v.Policy, unknownReach)", new: "_ = r"},
	{
		what: "a restored record believes that it is the latest",
		old:  "r.burnAhead(u, now, v.Policy, reach)",
		new:  "_ = reach",
	},
}
