package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

const (
	radiusTable   = "/etc/freeradius/3.0/motp.conf"
	radiusRecords = "/var/lib/motp-radius"
)

// radius is what the head of examples/freeradius/pam.site makes, on Debian.
func radius(p *patient) {
	p.must(os.Chmod(filepath.Dir(p.Root), 0o755)) // the rest of the way to the patient
	p.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\n"+
		"freerad:x:102:105::/etc/freeradius:/usr/sbin/nologin\n"+
		"carol:x:1001:1001::/home/carol:/bin/sh\n"+
		"alice:x:1002:1002::/home/alice:/bin/sh\nbob:x:1003:1003::/home/bob:/bin/sh\n",
		0o644)
	p.file("/etc/group", "root:x:0:\nfreerad:x:105:\notp:x:106:carol,freerad\n", 0o644)
	p.example("pam.d/radiusd", "/etc/pam.d/radiusd")
	p.file(radiusTable, table, 0o600)
	p.folder(radiusRecords, 0o700)
	for _, name := range []string{"/etc/freeradius", "/etc/freeradius/3.0", radiusTable,
		radiusRecords} {
		p.give(name, 102)
	}
}

func (p *patient) give(name string, uid int) {
	p.Helper()
	p.must(os.Chown(p.path(name), uid, -1))
}

// What belongs to the user of a server is judged as that user's, and no remedy takes it away.
func TestOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("only root can give files to others")
		return
	}
	const (
		whose = "note table " + radiusTable +
			":0 belongs to freerad: only programs that run as freerad can use it"
		records = "error records " + radiusRecords
		// as pam.site has it
		command = "runuser -u freerad -- motp --conf " + radiusTable +
			" --state " + radiusRecords
	)
	for _, c := range []struct {
		sickness
		mend string // of the error or warning
	}{
		{sickness{"as the examples have it", func(*patient) {}, []string{whose}}, ""},
		{sickness{"a table that others can read", func(p *patient) {
			p.must(chmod(p, radiusTable, 0o640))
		},
			[]string{"error table " + radiusTable +
				":0 nobody gets in: has mode 0640, must be 0600"}},
			"chown freerad: " + radiusTable + " && chmod 0600 " + radiusTable},
		{sickness{"a table that root has written", func(p *patient) {
			p.give(radiusTable, 0)
		},
			[]string{"error table " + radiusTable +
				":0 nobody gets in: cannot open: permission denied"}},
			"chown freerad: " + radiusTable + " && chmod 0600 " + radiusTable},
		{sickness{"a table of a third", func(p *patient) {
			p.give(radiusTable, 103)
			p.must(chmod(p, radiusTable, 0o644))
		},
			[]string{"error table " + radiusTable + ":0 nobody gets in: is owned by " +
				"user 103, must be freerad's"}}, "chown freerad: " + radiusTable},
		{sickness{"a file beside it that root has written", func(p *patient) {
			p.file(radiusTable+".d/carol.conf",
				"[carol]\nsecret = 5a1f0c9be27d4836\npin = 4917\n", 0o600)
			p.folder(radiusTable+".d", 0o700)
			p.give(radiusTable+".d", 102)
		}, []string{whose, "error table " + radiusTable +
			".d/carol.conf:0 carol cannot log in: cannot open: permission denied"}},
			"chown freerad: " + radiusTable + ".d/carol.conf && chmod 0600"},
		{sickness{"a bad entry", func(p *patient) {
			p.change(radiusTable, "pin = 8350", "")
			p.give(radiusTable, 102)
		}, []string{whose, "error table " + radiusTable +
			":7 bob cannot log in: pin is missing"}}, "correct the entry"},
		{sickness{"a folder of a third on the way", func(p *patient) {
			p.give("/etc/freeradius", 103)
		},
			[]string{whose, "error table /etc/freeradius:0 others than root and " +
				"freerad can change it"}}, "chown root /etc/freeradius"},
		{sickness{"a folder on the way that is closed", func(p *patient) {
			p.give("/etc/freeradius", 0)
			p.folder("/etc/freeradius", 0o750)
		},
			[]string{"error table " + radiusTable + ":0 nobody gets in: cannot open: " +
				"permission denied"}}, "let freerad into the folders above it"},
		{sickness{"a folder on the way that is open to a group of the owner's",
			func(p *patient) {
				p.must(os.Chown(p.path("/etc/freeradius"), 0, 106))
				p.folder("/etc/freeradius", 0o750)
			}, []string{whose}}, ""},
		{sickness{"no folder of records", func(p *patient) { p.remove(radiusRecords) },
			[]string{whose, records +
				":0 every code is refused: the folder of records is missing"}},
			"mount its file system; if the records are lost: install -d -o freerad " +
				"-m 0700 " + radiusRecords + " && " + command + " restored; if"},
		{sickness{"records of root", func(p *patient) { p.give(radiusRecords, 0) },
			[]string{whose, records +
				":0 every code is refused: must belong to freerad and be closed"}},
			"chown freerad: " + radiusRecords + " && chmod 0700 " + radiusRecords},
		{sickness{"records open to others", func(p *patient) {
			p.folder(radiusRecords, 0o750)
		},
			[]string{whose, records +
				":0 every code is refused: must belong to freerad and be closed"}},
			"chown freerad: " + radiusRecords + " && chmod 0700 " + radiusRecords},
		{sickness{"a record of root", func(p *patient) {
			radiusLogin(p)
		}, []string{whose, records + "/alice:0 alice cannot log in: the record cannot " +
			"open: permission denied"}},
			"chown freerad: " + radiusRecords + "/alice && chmod 0600 " +
				radiusRecords + "/alice"},
		{sickness{"a record open to others", func(p *patient) {
			radiusLogin(p)
			p.give(radiusRecords+"/alice", 102)
			p.must(chmod(p, radiusRecords+"/alice", 0o640))
		}, []string{whose, records + "/alice:0 alice cannot log in: the record cannot " +
			"open: must be owned by freerad"}},
			"chown freerad: " + radiusRecords + "/alice && chmod 0600 " +
				radiusRecords + "/alice"},
		{sickness{"a record of its owner's", func(p *patient) {
			radiusLogin(p)
			p.give(radiusRecords+"/alice", 102)
		}, []string{whose}}, ""},
		{sickness{"no table yet", func(p *patient) {
			p.remove(radiusTable)
		}, []string{"error table " + radiusTable +
			":0 nobody gets in: cannot open: no such file"}}, command + " add USER"},
		{sickness{"an empty table", func(p *patient) {
			p.file(radiusTable, "", 0o600)
			p.give(radiusTable, 102)
		},
			[]string{whose, "warning table " + radiusTable + ":0 nobody is in it"}},
			command + " add USER"},
		{sickness{"a weak PIN", func(p *patient) {
			p.change(radiusTable, "4917", "1234")
			p.give(radiusTable, 102)
		},
			[]string{whose, "warning table " + radiusTable +
				":3 the PIN of alice is a row"}}, command + " pin alice"},
		{sickness{"a published secret", func(p *patient) {
			p.change(radiusTable, "5a1f0c9be27d4836", "0123456789abcdef")
			p.give(radiusTable, 102)
		}, []string{whose, "error table " + radiusTable + ":3 the secret of alice stands"}},
			command + " remove alice, " + command + " add alice"},
		{sickness{"a damaged record", func(p *patient) {
			p.file(radiusRecords+"/alice", "rubbish", 0o600)
			p.give(radiusRecords+"/alice", 102)
			p.folder(radiusRecords, 0o700)
		}, []string{whose,
			records + "/alice:0 alice cannot log in: the record is damaged"}},
			command + " unlock alice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			radius(p)
			c.cause(p)
			p.finds(c.want...)
			for _, f := range Look(p.Machine).Findings {
				if f.Severity != Note && !strings.HasPrefix(f.Mend, c.mend) {
					t.Errorf("%s: %q mends it, want %q", f.What, f.Mend, c.mend)
				}
			}
		})
	}
}

// radiusLogin makes alice's record, as root.
func radiusLogin(p *patient) {
	v := motp.Verifier{Store: files.Store{Dir: p.path(radiusRecords)},
		Policy: motp.DefaultPolicy}
	p.give(radiusRecords, 0)
	_, err := v.Verify(context.Background(), alice, alice.Tokens[0].Code(noon),
		noon.Add(-time.Minute))
	p.must(err)
	p.give(radiusRecords, 102)
}

// What has to be root's, is not another's.
func TestNoOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Log("only root can give files to others")
		return
	}
	const conf = "/etc/motp/motp.conf"
	place := func(service string, uid int) func(*patient) {
		return func(p *patient) {
			radius(p)
			p.remove("/etc/pam.d/radiusd")
			p.file("/etc/pam.d/"+service, "auth requisite pam_motp.so conf="+conf+
				"\naccount required pam_permit.so\n", 0o644)
			p.file(conf, table, 0o600)
			p.give(conf, uid)
		}
	}
	const notRoots = "error table " + conf + ":0 nobody gets in: is owned by user "
	findAll(t, []sickness{
		{"of a service that runs as root", place("sudo", 102),
			[]string{notRoots + "102, must be root's"}},
		{"of a person", place("ftp", 1001), []string{notRoots + "1001, must be root's"}},
		{"of somebody who is gone", place("ftp", 104),
			[]string{notRoots + "104, must be root's"}},
	})
}
