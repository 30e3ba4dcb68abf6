package module

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/msteinert/pam/v2"
)

// stranger is a user id that is nobody's.
const stranger = 64110

// spoiled are ways in which a file that should be root's alone may not be. Each is given a good
// one.
var spoiled = map[string]func(t *testing.T, path string){
	"missing":         func(t *testing.T, path string) { must(t, os.Remove(path)) },
	"world-readable":  func(t *testing.T, path string) { must(t, os.Chmod(path, 0o644)) },
	"others may read": func(t *testing.T, path string) { must(t, os.Chmod(path, 0o604)) },
	"group-readable":  func(t *testing.T, path string) { must(t, os.Chmod(path, 0o640)) },
	"group-writable":  func(t *testing.T, path string) { must(t, os.Chmod(path, 0o620)) },
	"a stranger's":    func(t *testing.T, path string) { must(t, os.Chown(path, stranger, 0)) },
	"a symlink": func(t *testing.T, path string) {
		must(t, os.Rename(path, path+".real"))
		must(t, os.Symlink(path+".real", path))
	},
	"a symlink to nothing": func(t *testing.T, path string) {
		must(t, os.Remove(path))
		must(t, os.Symlink(path+".nothing", path))
	},
	"a folder": func(t *testing.T, path string) {
		must(t, os.Remove(path))
		must(t, os.Mkdir(path, 0o600))
	},
	"a FIFO": func(t *testing.T, path string) {
		must(t, os.Remove(path))
		must(t, syscall.Mkfifo(path, 0o600))
	},
	"a device": func(t *testing.T, path string) {
		must(t, os.Remove(path))
		must(t, syscall.Mknod(path, syscall.S_IFCHR|0o600, 1<<8|5)) // zero
	},
	"a socket": func(t *testing.T, path string) {
		must(t, os.Remove(path))
		must(t, syscall.Mknod(path, syscall.S_IFSOCK|0o600, 0))
	},
}

// refused checks that alice with the right code, and a stranger whom nullok would ignore, get this
// code, one log line, and change nothing.
func (s *site) refused(t *testing.T, codes ...pam.Error) {
	t.Helper()
	before := s.snapshot(t)
	for _, user := range []string{"alice", "mallory"} {
		a := s.enter(t, s.service(t, "nullok"), user, alice.code(0))
		matches := false
		for _, code := range codes {
			matches = matches || a.code == int(code)
		}
		if !matches {
			t.Errorf("%s: code %d, want %v; log %.300q", user, a.code, codes,
				a.record.line)
		}
		if a.others != 0 {
			t.Errorf("%s: %d log lines beside the result", user, a.others)
		}
	}
	s.unchanged(t, before)
}

// TestUnsafeTable: a table that others could have read or written lets nobody in and ignores
// nobody, and neither does one that cannot be read.
func TestUnsafeTable(t *testing.T) {
	t.Parallel()
	for name, spoil := range spoiled {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			spoil(t, s.conf)
			s.refused(t, pam.ErrAuthinfoUnavail)
		})
	}
}

// TestTableBelowAFile: so does one that is said to be where there can be none.
func TestTableBelowAFile(t *testing.T) {
	t.Parallel()
	s := standard(t)
	s.conf = filepath.Join(s.conf, "motp.conf")
	s.refused(t, pam.ErrAuthinfoUnavail)
}

// TestReadOnlyMode: a table that even root may only read is as good.
func TestReadOnlyMode(t *testing.T) {
	t.Parallel()
	s := standard(t)
	must(t, os.Chmod(s.conf, 0o400))
	s.enter(t, s.service(t), "alice", alice.code(0)).want(t, success, "ok")
}

// TestUnsafeUserFile: a bad file of one user's in motp.conf.d concerns that user.
func TestUnsafeUserFile(t *testing.T) {
	t.Parallel()
	carol := person{name: "carol", secret: "00112233445566778899aabbccddeeff", pin: "Pin-C"}
	for name, spoil := range spoiled {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, sections("", alice), alice, carol)
			folder := s.conf + ".d"
			must(t, os.Mkdir(folder, 0o700))
			file := filepath.Join(folder, "carol.conf")
			must(t, os.WriteFile(file, []byte(sections("", carol)), 0o600))
			spoil(t, file)
			want := pam.ErrAuthinfoUnavail
			if name == "missing" {
				want = ignored
			}
			before := s.snapshot(t)
			s.enter(t, s.service(t, "nullok"), "carol", carol.code(0)).want(t, want, "")
			s.unchanged(t, before)
			s.enter(t, s.service(t), "alice", alice.code(0)).want(t, success, "ok")
		})
	}
	for name, spoil := range map[string]func(folder string) error{
		"folder is a stranger's": func(folder string) error {
			return os.Chown(folder, stranger, 0)
		},
		"folder is world-writable": func(folder string) error {
			return os.Chmod(folder, 0o777)
		},
		"folder is group-writable": func(folder string) error {
			return os.Chmod(folder, 0o770)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, sections("", alice), alice, carol)
			folder := s.conf + ".d"
			must(t, os.Mkdir(folder, 0o700))
			must(t, os.WriteFile(filepath.Join(folder, "carol.conf"),
				[]byte(sections("", carol)), 0o600))
			must(t, spoil(folder))
			before := s.snapshot(t)
			s.enter(t, s.service(t, "nullok"), "carol", carol.code(0)).want(t,
				pam.ErrAuthinfoUnavail, "")
			s.unchanged(t, before)
		})
	}
}

// TestStrangeTable: what is no table lets nobody in.
func TestStrangeTable(t *testing.T) {
	t.Parallel()
	binary := make([]byte, 64<<10)
	for i := range binary {
		binary[i] = byte(i * i >> 3)
	}
	for name, c := range map[string]struct {
		content []byte
		size    int64
		codes   []pam.Error
	}{
		"empty": {nil, 0, []pam.Error{ignored}},
		// Rows of people with strange names, of whom none logs in here.
		"one long line":   {bytes.Repeat([]byte("x"), 4<<20), 0, []pam.Error{ignored}},
		"a megabyte of [": {bytes.Repeat([]byte("["), 1<<20), 0, []pam.Error{ignored}},
		"only comments": {[]byte("# nobody yet\n; nor here\n\n"), 0,
			[]pam.Error{ignored}},
		"binary": {binary, 0, []pam.Error{pam.ErrAuthinfoUnavail, pam.ErrService}},
		"zeros": {make([]byte, 4096), 0,
			[]pam.Error{pam.ErrAuthinfoUnavail, pam.ErrService}},
		"100 MB": {[]byte(sections("", alice) + "\n; "), 100 << 20,
			[]pam.Error{pam.ErrAuthinfoUnavail, pam.ErrService}},
		"UTF-16": {[]byte("\xff\xfe[\x00a\x00l\x00i\x00c\x00e\x00]\x00"), 0,
			[]pam.Error{pam.ErrAuthinfoUnavail, pam.ErrService}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, string(c.content), alice)
			if c.size > 0 {
				must(t, os.Truncate(s.conf, c.size))
			}
			s.refused(t, c.codes...)
		})
	}
}

// TestBrokenUser: what is wrong with one user's lines refuses that user, with a line that does not
// give it away, and no other.
func TestBrokenUser(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2value"
	good := sections("", bob)
	for name, table := range map[string]string{
		"unknown key": good + "[alice]\nsecret = 7ac61d4736f51a2b\n" +
			"pin = Pin-A7x9\npinn = " + hidden + "\n",
		"no secret":    good + "[alice]\npin = " + hidden + "\n",
		"empty secret": good + "[alice]\nsecret =\npin = " + hidden + "\n",
		"no equals sign": good +
			"[alice]\nsecret = 7ac61d4736f51a2b\npin = Pin-A7x9\n" + hidden + "\n",
		"offset no number": good + "[alice]\nsecret = 7ac61d4736f51a2b\n" +
			"pin = Pin-A7x9\noffset = " + hidden + "\n",
		"offset out of range": good + "[alice]\nsecret = 7ac61d4736f51a2b\n" +
			"pin = Pin-A7x9\noffset = 99999999999999999999\n",
		"secret twice": good + "[alice]\nsecret = 7ac61d4736f51a2b\n" +
			"secret = " + hidden + "\npin = Pin-A7x9\n",
		"section twice":          good + sections("", alice, alice),
		"section around":         sections("", alice) + good + sections("", alice),
		"broken before others":   "[alice]\npin = " + hidden + "\n" + good,
		"column form, no PIN":    columns(bob) + "alice\t" + hidden + "\n",
		"column form, no secret": columns(bob) + "alice\n",
		"column form, bad offset": columns(bob) + "alice\t7ac61d4736f51a2b\tPin-A7x9\t" +
			hidden + "\n",
		"column form, more columns": columns(bob) +
			"alice\t7ac61d4736f51a2b\tPin-A7x9\t0\t" + hidden + "\n",
		"column form, twice":         columns(bob, alice, alice),
		"column form, twice, broken": columns(bob, alice) + "alice\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, table, alice, bob)
			before := s.snapshot(t)
			service := s.service(t, "nullok")
			code, _ := s.authenticate(t,
				try{service: service, user: "alice", answer: alice.code(0)})
			if code != int(pam.ErrAuthinfoUnavail) {
				t.Errorf("code %d, want %d", code, int(pam.ErrAuthinfoUnavail))
			}
			s.logged(t, service, code, hidden)
			s.unchanged(t, before)
			s.enter(t, service, "bob", bob.code(0)).want(t, success, "ok")
			s.enter(t, service, "mallory", "abcdef").want(t, ignored, "")
		})
	}
}

// TestBrokenSettings: what is wrong above the first user is wrong for everyone.
func TestBrokenSettings(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]string{
		"unknown key":        "widow = 3m\n",
		"window no number":   "window = wide\n",
		"window negative":    "window = -3m\n",
		"no equals sign":     "window\n",
		"failures no number": "max_failures = many\n",
		"failures negative":  "max_failures = -8\n",
		"failures half":      "max_failures = 2.5\n",
		"unlock no duration": "unlock_after = sometimes\n",
		"unlock negative":    "unlock_after = -1h\n",
		"setting twice":      "window = 1m\nwindow = 3m\n",
		"a user's key":       "secret = 7ac61d4736f51a2b\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, sections(settings, alice, bob), alice, bob)
			s.refused(t, pam.ErrService)
		})
	}
}

// TestMixedForms: the first line decides about the form; what is in the other one lets nobody in.
func TestMixedForms(t *testing.T) {
	t.Parallel()
	for name, table := range map[string]string{
		"columns first":  columns(alice) + sections("", bob),
		"sections first": sections("", alice) + columns(bob),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, table, alice, bob)
			for _, p := range s.people {
				before := s.snapshot(t)
				a := s.enter(t, s.service(t), p.name, p.code(0))
				if a.code == 0 && p.name == "bob" {
					t.Errorf("%s: log %.300q", p.name, a.record.line)
				}
				if a.code != 0 {
					s.unchanged(t, before)
				}
			}
		})
	}
}
