package doctor

import (
	"errors"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
)

// directory knows alice and bob by more names, and has carol in other letters.
func directory(name string) (string, error) {
	name, _, _ = strings.Cut(strings.TrimPrefix(name, `EXAMPLE\`), "@")
	switch name = strings.ToLower(name); name {
	case "alice", "bob", "root":
		return name, nil
	case "carol":
		return "Carol", nil
	case "away":
		return "", errors.New("the directory does not answer")
	}
	return "", nil
}

// Under names = account, two entries of one account are an error, and so that it is found under all
// names, an entry is to have the account's own.
func TestNamesOfAccounts(t *testing.T) {
	byAccount := func(entries string) func(*patient) {
		return func(p *patient) {
			p.file("/etc/nsswitch.conf", "passwd: files sss\n", 0o644)
			p.System.Account = directory
			p.file(conf.DefaultPath, "names = account\n"+table+entries, 0o600)
		}
	}
	entry := func(name, secret string) string {
		return "\n[" + name + "]\nsecret = " + secret + "\npin = 4918\n"
	}
	one, two := "77aa0c9be27d4836", "88bb0c9be27d4836"
	const oneAccount = "are one account"
	check := func(name string, change func(*patient), want ...string) {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			inhabit(p)
			change(p)
			var got []string
			for _, f := range Look(p.Machine).Findings {
				if strings.Contains(f.What+f.Mend, "names = account") ||
					strings.Contains(f.What, oneAccount) {
					got = append(got, string(f.Severity)+" "+f.What+": "+f.Mend)
				}
			}
			if len(got) != len(want) {
				t.Fatalf("%q, want %q", got, want)
			}
			for i, w := range want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("%q, want %q", got[i], w)
				}
			}
		})
	}
	check("an entry that counts for nobody", byAccount(entry(`EXAMPLE\alice`, one)),
		`error alice and EXAMPLE\alice are one account: with names = account, the entry `+
			`of alice counts for both, and this one for nobody: motp remove `+
			`'EXAMPLE\alice'`)
	check("the account's own stands behind it", func(p *patient) {
		byAccount(entry("alice", one))(p)
		p.change(conf.DefaultPath, "\n[alice]\nsecret = 5a1f",
			"\n[alice@example.com]\nsecret = 5a1f")
	}, `error alice and alice@example.com are one account: with names = account, the entry `+
		`of alice counts for both, and this one for nobody: motp remove alice@example.com`)
	check("two, and none is the account's own", byAccount(entry(`EXAMPLE\carol`, one)+
		entry("carol@example.com", two)),
		`warning the account of EXAMPLE\carol is called Carol, and with names = account`,
		`error EXAMPLE\carol and carol@example.com are one account, which is called `+
			`Carol: each counts for whoever types that name, with failures and codes `+
			`of its own: motp remove 'EXAMPLE\carol', motp remove carol@example.com, `+
			`motp add Carol`)
	check("one that is not the account's own", byAccount(entry("carol@example.com", one)),
		"warning the account of carol@example.com is called Carol, and with "+
			"names = account a login looks for that: this entry is found by those "+
			"only who type its name: motp remove carol@example.com, motp add Carol")
	check("the account's own", byAccount(entry("Carol", one)))
	check("no account", byAccount(entry("mallory", one)))
	check("a directory that does not answer", byAccount(entry("away", one)))
	check("typed names", func(p *patient) {
		byAccount(entry(`EXAMPLE\alice`, one))(p)
		p.change(conf.DefaultPath, "names = account", "names = typed")
	})
	check("accounts of this machine alone", func(p *patient) {
		byAccount(entry(`EXAMPLE\alice`, one))(p)
		p.file("/etc/nsswitch.conf", "passwd: files systemd\n", 0o644)
	})
	nullok := func(p *patient) {
		p.change("/etc/pam.d/sshd", "pam_motp.so", "pam_motp.so nullok")
	}
	check("nullok", both(byAccount(""), nullok))
	check("nullok, and typed names", both(byAccount(""), nullok, func(p *patient) {
		p.change(conf.DefaultPath, "names = account", "names = typed")
	}), "warning nullok, and accounts come from sss too")
	check("nobody to ask", func(p *patient) {
		byAccount(entry(`EXAMPLE\alice`, one))(p)
		p.System.Account = nil
	})
}
