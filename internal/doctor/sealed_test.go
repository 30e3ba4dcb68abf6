package doctor

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

const keyFile = conf.DefaultState + "/.keys"

// sealAll has all of a patient's table sealed with a new key.
func sealAll(p *patient) {
	p.Helper()
	at := site.Open(p.path(conf.DefaultPath), p.path(conf.DefaultState))
	_, err := at.Keys.Create()
	p.must(err)
	_, err = at.Edit(false).Reseal(nil)
	p.must(err)
	p.must(at.Keys.RefusePlain(true))
}

// sealAllAnew gives a patient's table another key, and not the records.
func sealAllAnew(p *patient) {
	p.Helper()
	at := site.Open(p.path(conf.DefaultPath), p.path(conf.DefaultState))
	id, err := at.Keys.Renew()
	p.must(err)
	_, err = at.Edit(false).Reseal(nil)
	p.must(err)
	p.must(at.Keys.Retire(id))
}

// takePlain has plain values be taken again.
func takePlain(p *patient) {
	p.Helper()
	p.must(site.KeysIn(p.path(conf.DefaultState)).RefusePlain(false))
}

const bobsRecord = conf.DefaultState + "/bob"

// setPlainPIN has bob set a PIN while there is no key.
func setPlainPIN(p *patient) {
	p.Helper()
	at := site.Open(p.path(conf.DefaultPath), p.path(conf.DefaultState))
	_, bob, err := at.Lookup("bob")
	p.must(err)
	code := bob.Tokens[0].Code(noon)
	res, err := at.Verifier(motp.DefaultPolicy).ChangePIN(context.Background(), bob, code,
		"31337", noon)
	p.must(err)
	if res.Verdict != motp.Accepted {
		p.Fatal(res.Verdict)
	}
}

func TestSealed(t *testing.T) {
	t.Parallel()
	const plain = "\n[dave]\nsecret = 5b1f0c9be27d4836\npin = 4917\n"
	add := func(p *patient, name, text string) {
		old, err := os.ReadFile(p.path(name))
		p.must(err)
		p.must(os.WriteFile(p.path(name), append(old, text...), 0o600))
	}
	at := "warning sealing " + keyFile + ":0 "
	entry := "error table /etc/security/motp.conf:"
	findAll(t, []sickness{
		{"healthy", sealAll, nil},
		{"plain values would be taken", func(p *patient) {
			sealAll(p)
			takePlain(p)
		}, []string{"warning sealing " + conf.DefaultState + "/.sealed:0 is missing, " +
			"although everything is sealed"}},
		{"a plain user among sealed ones", func(p *patient) {
			sealAll(p)
			takePlain(p)
			add(p, conf.DefaultPath, plain)
		}, []string{"warning sealing /etc/security/motp.conf:15 a secret or PIN of dave " +
			"is plain, where others are sealed"}},
		{"the same where everything was sealed", func(p *patient) {
			sealAll(p)
			add(p, conf.DefaultPath, plain)
		}, []string{entry + "15 dave cannot log in: secret is plain, where everything " +
			"was sealed"}},
		{"a plain PIN in a record", func(p *patient) {
			setPlainPIN(p)
			sealAll(p)
			takePlain(p)
		}, []string{"warning sealing " + bobsRecord + ":0 a secret or PIN of bob is " +
			"plain, where others are sealed"}},
		{"the same where everything was sealed, too", func(p *patient) {
			setPlainPIN(p)
			sealAll(p)
		}, []string{"error sealing " + bobsRecord + ":0 bob cannot log in: the PIN that " +
			"the user has set is plain, where everything was sealed"}},
		{"a plain PIN that the table has overruled", func(p *patient) {
			setPlainPIN(p)
			table, err := os.ReadFile(p.path(conf.DefaultPath))
			p.must(err)
			at := strings.Index(string(table), "[bob]")
			text := string(table[:at]) + strings.Replace(string(table[at:]), "pin = ",
				"pin = 7", 1)
			p.must(os.WriteFile(p.path(conf.DefaultPath), []byte(text), 0o600))
			sealAll(p)
		}, nil},
		{"a PIN in a record that does not open", func(p *patient) {
			sealAll(p)
			setPlainPIN(p)
			record, err := os.ReadFile(p.path(bobsRecord))
			p.must(err)
			sealAllAnew(p)
			p.must(os.WriteFile(p.path(bobsRecord), record, 0o600))
		}, []string{"error sealing " + bobsRecord + ":0 bob cannot log in: the PIN that " +
			"the user has set is sealed with the key "}},
		{"a key and nothing sealed", func(p *patient) {
			_, err := site.KeysIn(p.path(conf.DefaultState)).Create()
			p.must(err)
		}, []string{at + "there is a key, and nothing is sealed with it"}},
		{"a rotation that has not ended", func(p *patient) {
			sealAll(p)
			_, err := site.KeysIn(p.path(conf.DefaultState)).Renew()
			p.must(err)
		}, []string{at + "the key "}},
		{"a key that nobody uses", func(p *patient) {
			sealAll(p)
			add(p, keyFile, "old "+strings.Repeat("A", 43)+"=\n")
		}, []string{at + "the key old is used by nothing, and opens old backups"}},
		{"a credential, and the file beside it", func(p *patient) {
			sealAll(p)
			p.file("/etc/credstore.encrypted/motp.keys", "x", 0o600)
		}, []string{at + "the key lies here in the open, although " +
			"/etc/credstore.encrypted/motp.keys has it as a credential"}},
		{"exposed", func(p *patient) {
			sealAll(p)
			p.must(chmod(p, keyFile, 0o640))
		}, []string{
			"error sealing " + keyFile + ":0 nobody gets in whose secret is sealed: " +
				"the keys cannot be read: " + keyFile + ": has mode 0640",
			entry + "3 alice cannot log in: secret is sealed, and the keys",
			entry + "7 bob cannot log in: secret is sealed, and the keys",
			entry + "11 root cannot log in: secret is sealed, and the keys",
			"warning accounts /etc/pam.d/login:14 login: root has a mistake",
			"warning accounts /etc/pam.d/su:13 su, su-l: root has a mistake",
		}},
	})
}

// A key under /etc is in the backups that have the table.
func TestKeyBesideTable(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.State = "/etc/security"
	p.remove("/etc/pam.d")
	p.must(os.Chmod(p.path("/etc/security"), 0o700))
	at := site.Open(p.path(conf.DefaultPath), p.path(p.State))
	_, err := at.Keys.Create()
	p.must(err)
	_, err = at.Edit(false).Reseal(nil)
	p.must(err)
	found := ""
	for _, f := range Look(p.Machine).Of("sealing") {
		found += f.What + "\n"
	}
	for _, want := range []string{"the key is under /etc, whose backups have the table",
		"the key lies beside the table"} {
		if !strings.Contains(found, want) {
			t.Errorf("%q is not in %q", want, found)
		}
	}
}
