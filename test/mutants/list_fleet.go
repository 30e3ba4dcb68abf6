package main

var fleetUpdateGo = []mutant{
	{what: "a record is written whatever stands there by now",
		old: `clientv3.Compare(clientv3.ModRevision(c.at), "=", base.revision)`,
		new: `clientv3.Compare(clientv3.ModRevision(c.at), ">", -1)`},
	{what: "a transaction does not look at the epoch",
		old: "base.epoch.same(),\n\t\t\tclientv3.Compare(clientv3.ModRevision(c.at)",
		new: "clientv3.Compare(clientv3.ModRevision(c.at)"},
	{what: "an attempt is not known again", old: "case asked && now.names(c.id):",
		new: "case false:"},
	{what: "an attempt that may have been pushed out is made anew",
		old: "case asked && (now.torn || now.version > base.version+ring):",
		new: "case false:"},
	{what: "who gets no reply is told that nothing was written",
		old: "if asked {\n\t\treturn state{}, false, unsure(last)\n\t}", new: ""},
	{what: "what is kept of an earlier epoch is used",
		old: "have = have && base.epoch == c.epoch.Load()\n", new: ""},
	{what: "the error of a change to an old record counts", old: "err != nil && !latest",
		new: "err != nil && !latest && false"},
}

var fleetSeenGo = []mutant{
	{what: "a record that is gone is a new user's",
		old: "case missing && known && m.epoch >= st.epoch.number:", new: "case false:"},
	{what: "a record that a restored store lost is a new user's",
		old: "case missing && (known || st.epoch.forgets(now)):", new: "case false:"},
	{what: "a record that no host has seen cannot be lost",
		old: "known || st.epoch.forgets(now)", new: "known"},
	{what: "who came back since a snapshot is a new user",
		old: "case st.forgotten && st.value.epoch < st.epoch.number &&",
		new: "case false &&"},
	{what: "an older record is taken for the latest", old: "st.version < m.version ||",
		new: "false ||"},
	{what: "another record of the same version is taken for the latest",
		old: "st.version == m.version && st.newest() != m.attempt", new: "false"},
	{what: "a record of a later epoch is taken",
		old: "case !missing && st.value.epoch > st.epoch.number:", new: "case false:"},
}

var fleetEpochGo = []mutant{
	{what: "a new store has forgotten something", old: "!e.first && ", new: ""},
	{what: "a restored store forgets for ever",
		old: "now.Before(e.began.Add(forgetful))", new: "true"},
	{what: "another cluster is taken for the store", old: "h.ClusterId != e.cluster",
		new: "false"},
	{what: "a store that went back is not noticed", old: "h.Revision < latest",
		new: "false"},
	{what: "an epoch has the number of one that was lost",
		old: "max(was.epoch+1, uint64(s.now().Unix()))", new: "was.epoch + 1"},
	{what: "a store with records begins its first epoch",
		old: "return value{version: 1}, 0, nil", new: "return value{}, 0, nil"},
}

var fleetFleetGo = []mutant{
	{what: "a call outlives the store", old: "context.AfterFunc(s.life, over)",
		new: "func() {}"},
}

var fleetNodesGo = []mutant{
	{what: "a reply may be as long as it likes", old: ", MaxCallRecvMsgSize: mostReply",
		new: ""},
	{what: "what fails at once is asked for again at once", old: "last && err != nil &&",
		new: "false && last && err != nil &&"},
}

var fleetStoreGo = []mutant{
	{what: "a host that starts looks at no record", old: "s.seen.note(at, st)", new: ""},
	{what: "a page is too long for a slow line", old: "pageSize = 200",
		new: "pageSize = 1000"},
	{what: "who was forgotten on purpose is listed", old: "st.torn || !st.forgotten",
		new: "true"},
}

var fleetNobodyGo = []mutant{
	{what: "the record of nobody is missed", old: "st, err := s.found(resp, at, before)",
		new: "st, err := s.read(resp, at, before)"},
	{what: "names of nobody fill the memory", old: "string(sum[:])",
		new: "name + string(sum[:])"},
	{what: "strangers wait for each other", old: "n.taken[i] = true",
		new: "n.taken[i] = false"},
}

var fleetSharedGo = []mutant{
	{what: "a key is written twice in a transaction", old: " || keys[m.changes]", new: ""},
	{what: "a transaction has more members than etcd takes",
		old: "len(together) == mostShared || ", new: ""},
	{what: "nobody asks who may do what is within",
		old: `clientv3.OpPut(neverAt, "")`, new: ""},
	{what: "a reply that is none ends the program",
		old: "len(resp.Responses) != of || resp.Responses[i].GetResponseTxn() == nil",
		new: "false"},
	{what: "what was not sent is unsure", old: "errors.Join(errNotReady, ctx.Err())",
		new: "ctx.Err()"},
	{what: "one member's trouble is all members'", old: "return reply{nil, errApart}",
		new: "return reply{nil, err}"},
	{what: "a reply that is too large is a refusal",
		old: "codes.ResourceExhausted", new: "codes.DataLoss"},
	{what: "a member is known by no revision", old: "TxnResponse{Header: resp.Header,",
		new: "TxnResponse{Header: mine.Header,"},
}

var fleetValueGo = []mutant{
	{what: "a record may stand behind another name",
		old: `[]string{"motp fleet", k.fleet, at}`, new: `[]string{"motp fleet", k.fleet}`},
	{what: "a record of another fleet is read",
		old: `[]string{"motp fleet", k.fleet, at}`, new: `[]string{"motp fleet", at}`},
	{what: "a record need not be signed", old: "!hmac.Equal(mac, k.sum(at, body)) || ",
		new: "mac == nil || "},
}

var fleetClockGo = []mutant{
	{what: "a host judges whatever its clock is", old: "c.err = fail(ClockOff",
		new: "_ = fail(ClockOff"},
	{what: "a clock that is ahead is right", old: "ahead || says.Before(looked.Add(-mostSkew))",
		new: "ahead"},
	{what: "a clock that is behind is right", old: "ahead := says.After(now.Add(mostSkew))",
		new: "ahead := false"},
	{what: "half of the others are enough to be wrong", old: "2*off > live",
		new: "2*off >= live && live > 0"},
	{what: "a login does not wait for the second look", old: "beatEvery = 2 * time.Second",
		new: "beatEvery = 5 * time.Second"},
	{what: "logins wait until all records were looked at",
		old: "ticker := time.NewTicker(s.clock.every)\n",
		new: "select {\n\tcase <-s.surveyed:\n\tcase <-ctx.Done():\n\t}\n" +
			"\tticker := time.NewTicker(s.clock.every)\n"},
	{what: "an old time of another host says something", old: "case v.version <= b.version:",
		new: "case v.version == b.version:"},
	{what: "another host of this one's name is this one",
		old: "return c.twin.off && c.isFresh(c.twin)", new: "return false"},
	{what: "an old time behind this host's name is another's",
		old: " && v.version > c.last {", new: " {"},
}

var placesGo = []mutant{
	{what: "that there is no fleet is believed of a file that was just written",
		old: "settled && none != nil && ", new: "none != nil && "},
	{what: "that there is no fleet is noted of a file that was just written",
		old: "if settled {\n\t\t\tp.none", new: "if true {\n\t\t\tp.none"},
	{what: "that there was no fleet is true for ever", old: "&& *none == is", new: ""},
}

var siteFleetGo = []mutant{
	{what: "a program without the fleet's client takes its own files",
		old: "return closed{NoMotpd{s.table}}", new: "return s.Files"},
	{what: "a change of the settings leaves the old store open",
		old: "f.latest == nil || !f.latest.fleet.Equal(of)", new: "f.latest == nil"},
	{what: "a store is closed under its calls", old: "&shared{store, of, 1}",
		new: "&shared{store, of, 0}"},
	{what: "a store is never closed", old: "s.users--; s.users > 0", new: "s.users > 0"},
	{what: "a store that is no more stays open", old: "\t\t\tf.release(f.latest)\n",
		new: ""},
}

var takeoverGo = []mutant{
	{what: "what files know of a fleet's user is passed over",
		old: "err == nil && left.Record == nil {", new: "err == nil {"},
	{what: "a record whose user's entry has a mistake stays behind",
		old: "return err // nobody knows", new: "return nil // nobody knows"},
	{what: "what was moved to files goes back by itself",
		old: "return err // to files", new: "_ = err // to files"},
}

var byNameGo = []mutant{
	{what: "a table with a mistake is one without a fleet",
		old: "fs.ErrNotExist) {\n\t\treturn err\n\t}\n\terr =",
		new: "fs.ErrNotExist) {\n\t}\n\terr ="},
	{what: "files left over are records", old: "found && e.Local", new: "found"},
	{what: "forgetting a user of the fleet deletes a file of the same name",
		old: "!errors.Is(err, conf.ErrNoUser)", new: "err == conf.ErrTokenExists"},
}

var closedGo = []mutant{
	{what: "a refused record looks like a new user's",
		old: "return motp.Current{}, c.why", new: "return motp.Current{}, nil"},
	{what: "a refused change is made", old: "return c.why }\n\nfunc (c closed) View",
		new: "return nil }\n\nfunc (c closed) View"},
}

var fleetTroubleGo = []mutant{
	{what: "nobody is told of a handshake that failed",
		old: "if err != nil {\n\t\tw.trouble.note(err)", new: "if err != nil {"},
	{what: "nobody is told of a connection that the node ended",
		old: "c.trouble.note(fmt.Errorf(\"%w: %w\", errHungUp, err))", new: ""},
	{what: "nobody is told that a node refuses a certificate",
		old: "case !errors.Is(err, net.ErrClosed): // by ourselves", new: "case false:"},
}

var fleetErrorsGo = []mutant{
	{what: "who has no rights is told that nobody answers",
		old: "rpctypes.ErrPermissionDenied,", new: ""},
	{what: "who is served by nobody waits for it",
		old: "errors.Is(err, rpctypes.ErrCorrupt)", new: "false"},
}

var fleetBeatsGo = []mutant{
	{what: "a host is taken for live that says nothing",
		old: "age > -2*time.Second && age < s.clock.every+2*time.Second",
		new: "age != 1"},
	{what: "an old heartbeat is a new one", old: "all[at].version <= h.version", new: "false"},
}

var fleetReportGo = []mutant{
	{what: "a node without a majority is well",
		old: `n.Trouble = "asks no majority: " + err.Error()`, new: ""},
	{what: "a fleet without a majority is well", old: "r.Trouble = err.Error()\n\t\treturn r",
		new: "return r"},
	{what: "each node leads", old: "status.Leader == status.Header.MemberId", new: "true"},
}

var fleetVisitGo = []mutant{
	{what: "who looks writes a heartbeat",
		old: "if s.visit {\n\t\treturn true\n\t}", new: ""},
}

var findFleetGo = []mutant{
	{what: "a user who is found as typed has the record where the account's would be",
		old: "now.Fleet = settings.Fleet", new: "_ = settings"},
}

var attemptFleetGo = []mutant{
	{what: "a login takes this host's files for a fleet's memory",
		old: "VerifierIn(settings.Fleet,", new: "VerifierIn(conf.Fleet{},"},
}

var residentFleetGo = []mutant{
	{what: "the first login waits for the store to be opened",
		old: "s.site.OpenFleet(); err != nil", new: "error(nil); err != nil"},
	{what: "--check does not look at the store", old: "len(nodes) > 0", new: "len(nodes) < 0"},
	{what: "--check writes a record", old: "motp.Next{}, errChecked }",
		new: "motp.Next{Record: []byte{}}, nil }"},
}

var fleetTableGo = []mutant{
	{what: "a table that no host has signed is believed", old: "|| !hmac.Equal(b[:macSize]",
		new: "|| false && !hmac.Equal(b[:macSize]"},
	{what: "tables are read as heartbeats", old: `strings.TrimSuffix(tablesAt, "table/")`,
		new: `strings.TrimSuffix(tablesAt, "") + "~"`},
	{what: "a table that was not shown is the same",
		old: "if sums, ok := s.table(ctx, h.Name); ok {",
		new: "if sums, _ := s.table(ctx, h.Name); true {"},
}

var tableSumGo = []mutant{
	{what: "local users are compared", old: "if e.Local {", new: "if false {"},
	{what: "only names are summed up", old: "e.Said()...)", new: "e.Said()[:0]...)"},
	{what: "who stands there twice is compared once", old: "for len(b) >= end+oneLen &&",
		new: "for false &&"},
	{what: "sums are of no key", old: "hmac.New(sha256.New, secret)",
		new: "hmac.New(sha256.New, nil)"},
}

var kepteachGo = []mutant{
	{what: "files beside the table are left out", old: "for _, e := range openAll(nil, own,",
		new: "for _, e := range openAll(nil, own[:0],"},
	{what: "names with one hash are left out", old: "for end < len(x.places) &&",
		new: "for false &&"},
}

var saidGo = []mutant{
	{what: "further tokens are not said", old: "range tokens {", new: "range tokens[:1] {"},
	{what: "what is of the user alone is not said", old: "range e.person().settings() {",
		new: "range e.person().settings()[:0] {"},
}

var showTableGo = []mutant{
	{what: "files beside the table leave no mark", old: "range append(own, ",
		new: "range append(own[:0], "},
}
