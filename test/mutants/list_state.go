package main

var recordGo = []mutant{
	{what: "doubt counts no failure", old: "r.countFailure(now, p)", new: "_ = r"},
	{what: "doubt burns too few codes", old: "m.burn(w.to)", new: "m.burn(w.from)"},
	{
		what: "doubt does not know the reach",
		old:  "m.burn(m.serverStep(latest) + m.reach)",
		new:  "_ = m",
	},
	{
		what: "doubt of an unknown reach burns too few",
		old:  "m.burn(t.Step(time.Unix(latest, 0).Add(unknown)) + p.Reach(t))",
		new:  "_ = unknown",
	},
	{
		what: "a clock that was set back burns too few",
		old:  "max(now.Unix(), r.proven, r.lastLogin, r.lastFailure)",
		new:  "now.Unix()",
	},
}

var imageGo = []mutant{
	{
		what: "checksum does not hold the name",
		old:  "h.Write([]byte(user))",
		new:  "h.Write(nil)",
	},
	{
		what: "checksum is not looked at",
		old:  "if binary.LittleEndian.Uint64(image[at:]) != checksum(user, image, at) {",
		new:  "if false {",
	},
	{what: "version 1's checksum is looked for elsewhere",
		old: "at, n.record = v1ChecksumAt, image", new: "n.record = image"},
	{
		what: "the older of two records is in force",
		old:  "a.newest.seq > b.newest.seq",
		new:  "a.newest.seq < b.newest.seq",
	},
	{
		what: "a slot that is spoilt raises no doubt",
		old:  "return b.newest, !a.whole, true",
		new:  "return b.newest, false, true",
	},
	{
		what: "another slot that is spoilt raises no doubt",
		old:  "return a.newest, !b.whole, true",
		new:  "return a.newest, false, true",
	},
	{
		what: "a record in the wrong slot is in force",
		old:  "if !valid || image.seq%2 != uint64(i) {",
		new:  "if !valid {",
	},
}

var codecGo = []mutant{
	{what: "an empty PIN is read", old: "if n <= 0 {", new: "if n < 0 {"},
	{what: "the PIN is not written", old: "w.b = append(w.b, p.pin...)", new: ""},
	{what: "PINs outlive their secrets", old: "r.forgetSecret(key)", new: "_ = key"},
	{
		what: "the failures are not read",
		old:  "r.failures, r.locks = uint32(v.get(4)), uint32(v.get(4))",
		new:  "_, r.locks = uint32(v.get(4)), uint32(v.get(4))",
	},
	{
		what: "where a token was shown is not read",
		old:  "r.shown = append(r.shown, showing{v",
		new:  "_ = append(r.shown, showing{v",
	},
	{
		what: "a showing that is too long is read",
		old:  "kind == entryShown && n == shownSize",
		new:  "kind == entryShown && n >= shownSize",
	},
	{what: "the used codes are not read", old: "m.used[i] = v.get(8)", new: "v.get(8)"},
	{
		what: "a memory that is not understood is left out",
		old:  "\t\t\tif !ok {\n\t\t\t\treturn record{}, false\n\t\t\t}\n\t\t\tr.lines",
		new:  "\t\t\tif !ok {\n\t\t\t\tcontinue\n\t\t\t}\n\t\t\tr.lines",
	},
	{
		what: "entries of a later version are dropped",
		old:  "r.other = append(r.other, entry{kind, string(v.b)})",
		new:  "",
	},
	{
		what: "the secrets of the table are forgotten first",
		old:  "if slices.Contains(r.keep, r.lines[i]) {",
		new:  "if !slices.Contains(r.keep, r.lines[i]) {",
	},
}

var recordFileGo = []mutant{
	{
		what: "fdatasync is left out",
		old:  "return 0, unix.Fdatasync(f.fd)",
		new:  "return 0, nil",
	},
	{
		what: "a copy that is not whole yet raises no doubt",
		old:  "f.size = images\n",
		new:  "if true {\n\t\treturn f.saveWhole(\"alice\", n)\n\t}\n",
	},
	{
		what: "a lock that is not had is no error",
		old:  "return err == nil, f.fail(\"lock\", err)",
		new:  "return true, nil",
	},
	{what: "a removed record is written to", old: "if st.Nlink == 0 {", new: "if false {"},
	{what: "a record with a second name is used", old: " || st.Nlink > 1", new: ""},
	{
		what: "a corrupt record is an empty one",
		old:  "if !ok {\n\t\treturn numbered{}, false, f.fail(",
		new:  "if !ok && n.seq > 0 {\n\t\treturn numbered{}, false, f.fail(",
	},
	{what: "a short write is no error", old: "err = unix.EIO", new: "return nil"},
	{
		what: "a new record has one slot",
		old: "if err := f.write(b, at); err != nil {\n\t\treturn err\n\t}\n" +
			"\treturn f.save(user, n)",
		new: "return f.save(user, n)",
	},
}

var storeGo = []mutant{
	{what: "the record is not written",
		old: "if err := f.save(user, n); err != nil {\n\t\treturn err\n\t}\n\tif next.Only",
		new: "if next.Only"},
	{what: "the sequence number stands still",
		old: "numbered{seq: n.seq + 1, record: next.Record}\n\tif",
		new: "numbered{seq: n.seq, record: next.Record}\n\tif"},
	{
		what: "an older record stays that must not be read again",
		old:  "if next.Only {",
		new:  "if false {",
	},
	{what: "a change is not made again for less room",
		old: "if next, err = change(current); err != nil {", new: "if err != nil {"},
	{
		what: "a verdict is told though the record was replaced",
		old:  "return err\n\t\t}\n\t}\n\treturn t.dir.stands(*f, t.name)",
		new:  "return err\n\t\t}\n\t}\n\treturn nil",
	},
}

var folderGo = []mutant{
	{
		what: "a larger record takes the place of one that was replaced",
		old:  "err = d.stands(old, name)",
		new:  "err = nil",
	},
	{
		what: "a new record is another's, renamed",
		old:  "if err = d.stands(f, name); errors.Is(err, ErrReplaced) {",
		new:  "if false {",
	},
	{
		what: "the state folder may be a link",
		old:  "unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC",
		new:  "unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC",
	},
	{
		what: "a record may be a link",
		old:  "unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK",
		new:  "unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK",
	},
	{
		what: "the state folder is not looked at",
		old:  "if !safe(&st, unix.S_IFDIR) {",
		new:  "if false {",
	},
	{what: "a new record takes another's place", old: ", unix.RENAME_NOREPLACE)", new: ", 0)"},
	{what: "records may be the group's", old: "st.Mode&0o077 == 0", new: "st.Mode&0o007 == 0"},
	{what: "records may be read by all", old: "st.Mode&0o077 == 0", new: "st.Mode&0o070 == 0"},
	{
		what: "records may be anyone's",
		old:  "(st.Uid == 0 || int(st.Uid) == unix.Geteuid())",
		new:  "st.Uid < 1<<31",
	},
	{
		what: "a new record can be read by all",
		old:  "unix.O_TMPFILE|unix.O_CLOEXEC, 0o600",
		new:  "unix.O_TMPFILE|unix.O_CLOEXEC, 0o644",
	},
	{
		what: "the folder of a new record is not synced",
		old:  "return 0, unix.Fsync(d.fd)",
		new:  "return 0, nil",
	},
}

var queueGo = []mutant{
	{
		what: "the lock is waited for too long",
		old:  "lockWait = 5 * time.Second",
		new:  "lockWait = 15 * time.Second",
	},
	{
		what: "waiting for a lock ends without it",
		old:  "err = f.fail(\"lock\", motp.ErrBusy)",
		new:  "return true, nil",
	},
	{
		what: "a context does not end the wait for a turn",
		old: "case <-p.Done():\n\t\terr = p.Err()\n\tcase <-timer.C:\n" +
			"\t\terr = recordFile",
		new: "case <-timer.C:\n\t\terr = recordFile",
	},
	{
		what: "a context does not end the wait for the kernel",
		old:  "case <-p.Done():\n\t\terr = p.Err()\n\tcase <-timer.C:\n\t\terr = f.fail",
		new:  "case <-timer.C:\n\t\terr = f.fail",
	},
	{
		what: "each step of a call has its own patience",
		old:  "if p, ok := ctx.(patience); ok {",
		new:  "if p, ok := ctx.(patience); ok && false {",
	},
	{
		what: "a waiter that nobody wants keeps the lock",
		old:  "if l.waiter == w && l.calls > 0 {",
		new:  "if l.waiter == w {",
	},
	{
		what: "a line that nobody stands in is kept",
		old:  "if l.calls > 0 {\n\t\treturn\n\t}",
		new:  "if l.calls >= 0 {\n\t\treturn\n\t}",
	},
	{
		what: "a waiter waits for a file that has no name any more",
		old:  "if err := f.check(); !errors.Is(err, fs.ErrNotExist) {",
		new:  "if err := f.check(); true || !errors.Is(err, fs.ErrNotExist) {",
	},
}

var forceGo = []mutant{
	{
		what: "what was told before the swap is lost",
		old:  "if err := f.copyFrom(old); err != nil {",
		new:  "if err := f.copyFrom(f); err != nil {",
	},
	{
		what: "a record is taken over by two at once",
		old:  "} else if !locked {",
		new:  "} else if false && !locked {",
	},
	{
		what: "an old record takes the place of a larger one",
		old:  "if err := d.stands(old, copyName(name)); err != nil {",
		new:  "if err := error(nil); err != nil {",
	},
	{
		what: "a larger record takes the place of a newer one",
		old:  "if err := d.remove(growName(old)); err != nil {",
		new:  "if err := error(nil); err != nil {",
	},
	{
		what: "an unfinished record that is held keeps its name",
		old:  "return dir.dropHeld(temporaryName(name))",
		new:  "return nil",
	},
}

var nameGo = []mutant{
	{
		what: "a name may hold a slash",
		old:  "c == '_' || c == '@'",
		new:  "c == '_' || c == '/' || c == '@'",
	},
	{
		what: "a name may begin with a dot",
		old:  "plain || i > 0 && (c == '.' || c == '-')",
		new:  "plain || c == '.' || c == '-'",
	},
	{
		what: "two names share a record",
		old:  "c == '_' || c == '@'",
		new:  "c == '_' || c == '%' || c == '@'",
	},
}
