package doctor

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

func on(fs FileSystem) func(*patient) {
	return func(p *patient) {
		p.System.FileSystem = func(string) (FileSystem, error) { return fs, nil }
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	const at = " records /var/lib/motp"
	const aliceRecord = conf.DefaultState + "/alice"
	logIn := func(p *patient) { p.record(alice, alice.Tokens[0].Code(noon), noon) }
	findAll(t, []sickness{
		{"missing", func(p *patient) {
			p.remove(conf.DefaultState)
		}, []string{"error" + at + ":0 every code is refused: the folder of records is " +
			"missing | mount its file system; if the records are lost: install -d " +
			"-m 0700 /var/lib/motp && motp restored; if no code was ever used"}},
		{"missing, and nobody can have used a code", func(p *patient) {
			p.remove(conf.DefaultState)
			p.file(conf.DefaultPath, "; nobody\n", 0o600)
		}, []string{"error" + at + ":0 every code is refused: the folder of records is " +
			"missing | install -d -m 0700 /var/lib/motp",
			"warning table /etc/security/motp.conf:0 nobody is in it",
			"warning accounts /etc/pam.d/login:14 login: root is not in the table",
			"warning accounts /etc/pam.d/su:13 su, su-l: root is not in the table"}},
		{"missing, and somebody of another table can", func(p *patient) {
			p.remove(conf.DefaultState)
			p.file(conf.DefaultPath, "; nobody\n", 0o600)
			p.file("/etc/security/vpn.conf", table, 0o600)
			p.change("/etc/pam.d/openvpn", "pam_motp.so",
				"pam_motp.so conf=/etc/security/vpn.conf")
		}, []string{"error" + at + ":0 every code is refused: the folder of records is " +
			"missing | mount its file system",
			"warning table /etc/security/motp.conf:0 nobody is in it",
			"warning accounts /etc/pam.d/login:14 login: root is not in the table",
			"warning accounts /etc/pam.d/su:13 su, su-l: root is not in the table"}},
		{"a file", func(p *patient) {
			p.remove(conf.DefaultState)
			p.file(conf.DefaultState, "", 0o600)
		}, []string{"error" + at + ":0 every code is refused: it is not a folder, or " +
			"only a link to one | move it away; mount its file system"}},
		{"a link", func(p *patient) {
			p.remove(conf.DefaultState)
			p.must(os.Symlink("/tmp", p.path(conf.DefaultState)))
		}, []string{"error" + at + ":0 every code is refused: it is not a folder, or " +
			"only a link to one | put the folder with the records in its place"}},
		{"open to others", func(p *patient) {
			p.folder(conf.DefaultState, 0o750)
		}, []string{"error" + at + ":0 every code is refused: must belong to root and be " +
			"closed"}},
		{"under a folder of others", func(p *patient) {
			p.folder("/var/lib", 0o777)
		}, []string{"error records /var/lib:0 others than root can change it"}},
		{"under a folder that is emptied", func(p *patient) {
			for _, name := range []string{"sshd", "login", "su", "sudo",
				"sudo-i", "openvpn"} {
				p.change("/etc/pam.d/"+name, "requisite    pam_motp.so",
					"requisite    pam_motp.so state=/var/cache/motp")
			}
			p.folder("/var/cache/motp", 0o700)
		}, []string{"error records /var/cache/motp:0 is emptied at times, since it is " +
			"under /var/cache"}},
		{"few codes on paper", func(p *patient) {
			p.paper("alice", 3)
			p.paper("bob", 2)
			p.paper("root", 16)
		}, []string{"note" + at + ":0 1 user with two paper codes or fewer left: bob | " +
			"motp codes USER"}},
		{"few codes on paper, after one was used", func(p *patient) {
			user := alice
			user.Paper = p.paper("alice", 3)
			p.record(user, "491710000000", noon)
			p.paper("bob", 1)
		}, []string{"note" + at + ":0 2 users with two paper codes or fewer left: alice " +
			"and bob | motp codes USER"}},
		{"NFS", on(FileSystem{Type: unix.NFS_SUPER_MAGIC, Free: 1 << 30}),
			[]string{"warning" + at +
				":0 is on a file system that is a network file system"}},
		{"tmpfs", on(FileSystem{Type: unix.TMPFS_MAGIC, Free: 1 << 30}),
			[]string{"error" + at + ":0 is on a file system that is in memory"}},
		{"overlay", on(FileSystem{Type: unix.OVERLAYFS_SUPER_MAGIC, Free: 1 << 30}),
			[]string{"warning" + at + ":0 is on a file system that is an overlay"}},
		{"read-only", on(FileSystem{Free: 1 << 30, ReadOnly: true}),
			[]string{"error" + at +
				":0 every code is refused: the file system is mounted read-only"}},
		{"full", on(FileSystem{Free: 4096}),
			[]string{"error" + at + ":0 the disk is full"}},
		{"nearly full", on(FileSystem{Free: 2 << 20}),
			[]string{"warning" + at + ":0 the disk is nearly full: 2 MiB"}},
		{"no inodes", on(FileSystem{Free: 1 << 30, Files: 100}),
			[]string{"error" + at + ":0 the disk has no inodes left"}},
		{"a file system that does not tell", func(p *patient) {
			p.System.FileSystem = func(string) (FileSystem, error) {
				return FileSystem{}, errors.New("no idea")
			}
		}, []string{"note" + at + ":0 cannot tell what file system"}},

		{"a damaged record", func(p *patient) {
			p.file(aliceRecord, "rubbish", 0o600)
			p.folder(conf.DefaultState, 0o700)
		},
			[]string{"error" + at + "/alice:0 alice cannot log in: the record is " +
				"damaged beyond reading"}},
		{"half a record", func(p *patient) {
			logIn(p)
			text, err := os.ReadFile(p.path(aliceRecord))
			p.must(err)
			p.must(os.WriteFile(p.path(aliceRecord),
				append(make([]byte, 2048), text[2048:]...), 0o600))
		}, []string{"warning" + at +
			"/alice:0 one half of the record of alice is damaged"}},
		{"a record open to others", func(p *patient) {
			logIn(p)
			p.must(chmod(p, aliceRecord, 0o640))
		},
			[]string{"error" + at + "/alice:0 alice cannot log in: the record cannot " +
				"open: must be owned by root"}},
		{"a clock that was set back", func(p *patient) {
			logIn(p)
			p.Now = noon.Add(-time.Hour)
		},
			[]string{"error" + at +
				"/alice:0 the last login of alice is in the future"}},
		{"a record that is held", func(p *patient) {
			logIn(p)
			f, err := os.OpenFile(p.path(aliceRecord), os.O_RDWR, 0)
			p.must(err)
			p.Cleanup(func() { _ = f.Close() })
			p.must(unix.Flock(int(f.Fd()), unix.LOCK_EX))
		}, []string{fmt.Sprintf("error%s/alice:0 alice cannot log in while process %d "+
			"(doctor.test)",
			at, os.Getpid())}},
		{"a locked user", func(p *patient) {
			for i := range motp.DefaultPolicy.MaxFailures {
				p.record(alice, []string{"000000", "000001"}[i%2], noon)
			}
		}, []string{"note" + at + ":0 1 user locked after too many wrong codes: alice"}},
	})
}

func TestClock(t *testing.T) {
	t.Parallel()
	findAll(t, []sickness{
		{"on its own", func(p *patient) {
			p.System.ClockSynchronized = func() (bool, error) { return false, nil }
		}, []string{"warning clock :0 nothing keeps this machine's clock right"}},
		{"does not tell", func(p *patient) {
			p.System.ClockSynchronized = func() (bool, error) {
				return false, errors.New("not permitted")
			}
		}, []string{"note clock :0 the kernel does not say"}},
		{"long ago", func(p *patient) {
			p.Now = time.Unix(0, 0).UTC()
		}, []string{"error clock :0 the clock says 1970-01-01"}},
	})
}

// The kernel answers the real questions.
func TestThisSystem(t *testing.T) {
	t.Parallel()
	if _, err := ClockSynchronized(); err != nil {
		t.Errorf("clock: %v", err)
	}
	if fs, err := StatFS("/proc"); err != nil || fs.Type != unix.PROC_SUPER_MAGIC {
		t.Errorf("file system of /proc: %+v, %v", fs, err)
	}
}
