package doctor

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/fleetkeys"
	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/internal/tablesum"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
)

const fleetSettings = "store = etcd https://a.example:2379\nstore_ca = /etc/motp/ca.crt\n" +
	"store_cert = /etc/motp/motpd.crt\nstore_key = /etc/motp/motpd.key\nfleet = example\n" +
	"fleet_key = /etc/motp/fleet.key\n"

// join has a patient be a host of a fleet, whose certificates are of a time.
func (p *patient) join(at time.Time) {
	p.Helper()
	authority, err := fleetkeys.NewAuthority("example", at)
	p.must(err)
	ca, err := authority.Pair()
	p.must(err)
	own, err := authority.User("web1@1", 2, at)
	p.must(err)
	p.folder("/etc/motp", 0o700)
	p.file("/etc/motp/ca.crt", string(ca.Cert), 0o644)
	p.file("/etc/motp/motpd.crt", string(own.Cert), 0o644)
	p.file("/etc/motp/motpd.key", string(own.Key), 0o600)
	p.file("/etc/motp/fleet.key", string(fleetkeys.NewShared()), 0o600)
	p.change(conf.DefaultPath, "window = 3m\n", fleetSettings+"window = 3m\n")
	p.change(conf.DefaultPath, "pin = 6172\n", "pin = 6172\nlocal = yes\n")
	store := new(memory.Store)
	p.System.FleetStore = func(conf.Fleet) (motp.Store, error) { return store, nil }
	p.System.Fleet = func(conf.Fleet) (report, error) {
		node := fleetreport.Node{
			Endpoint: "https://a.example:2379",
			Up:       true,
			Size:     1 << 20,
			Quota:    2 << 30,
		}
		return report{Nodes: []fleetreport.Node{node},
			Hosts: []fleetreport.Host{{Name: "web1", Live: true}, {Name: "old"}}}, nil
	}
}

// tag is that of a user in the patient's fleet.
func (p *patient) tag(user string) string {
	text, err := os.ReadFile(p.path("/etc/motp/fleet.key"))
	p.must(err)
	key, err := fleetkeys.ParseShared(text)
	p.must(err)
	return tablesum.NewKey("example", key).Tag(user)
}

type report = fleetreport.Report

// reports has the store be as a fleet reports it.
func (p *patient) reports(change func(*report)) {
	was := p.System.Fleet
	p.System.Fleet = func(f conf.Fleet) (report, error) {
		r, err := was(f)
		change(&r)
		return r, err
	}
}

func TestFleet(t *testing.T) {
	joined := func(more func(p *patient)) func(*patient) {
		return func(p *patient) { p.join(noon.AddDate(0, -1, 0)); more(p) }
	}
	alice := motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "5a1f0c9be27d4836",
		PIN: "4917"}}}
	const cert = "fleet /etc/motp/motpd.crt:0 "
	findAll(t, []sickness{
		{"in order", joined(func(*patient) {}), nil},
		{"a key for all", joined(func(p *patient) {
			p.must(os.Chmod(p.path("/etc/motp/fleet.key"), 0o644))
		}), []string{"error fleet /etc/motp/fleet.key:0 others can read it"}},
		{"no key", joined(func(p *patient) { p.remove("/etc/motp/motpd.key") }),
			[]string{"error fleet /etc/motp/motpd.key:0 nobody but local users"}},
		{"the end is near", func(p *patient) { p.join(noon.AddDate(-2, 0, 10)) },
			[]string{"warning " + cert + "ends at"}},
		{"the end", func(p *patient) { p.join(noon.AddDate(-2, 0, -10)) },
			[]string{"error " + cert + "ended at"}},
		{
			"the authority's end is near",
			func(p *patient) { p.join(noon.AddDate(-10, 0, 10)) },
			[]string{"error " + cert + "ended at",
				"warning fleet /etc/motp/ca.crt:0 ends at"},
		},
		{"no certificate", joined(func(p *patient) {
			p.file("/etc/motp/motpd.crt", "x", 0o644)
		}), []string{"error " + cert + "is no certificate"}},
		{"nobody local", joined(func(p *patient) {
			p.change(conf.DefaultPath, "local = yes\n", "")
		}), []string{"warning fleet " + conf.DefaultPath + ":0 while the store is away"}},
		{"records that stayed", joined(func(p *patient) {
			p.record(alice, "000000", noon)
		}), []string{"error fleet " + conf.DefaultState + ":0 1 record in files"}},
		{"records that went", joined(func(p *patient) {
			p.record(alice, "000000", noon)
			to := motp.Verifier{Store: new(memory.Store), Policy: motp.DefaultPolicy}
			from := motp.Source{Store: p.verifier().Store}
			_, err := to.Take(p.Context(), from, alice, noon)
			p.must(err)
		}), nil},
		{"no motpd-etcd", joined(func(p *patient) {
			p.System.Motpd = func() (*ask.State, error) { return nil, ask.ErrAway }
		}), []string{"error fleet :0 motpd-etcd does not run"}},
		{"motpd in its place", joined(func(p *patient) {
			p.System.Motpd = func() (*ask.State, error) {
				return &ask.State{Version: "v1"}, nil
			}
		}), []string{"error fleet :0 motpd runs, and not motpd-etcd"}},
		{"motpd-etcd", joined(func(p *patient) {
			p.System.Motpd = func() (*ask.State, error) {
				return &ask.State{Version: "v1", Fleet: true}, nil
			}
		}), nil},
		{"no store", joined(func(p *patient) {
			p.System.Fleet = func(conf.Fleet) (report, error) {
				return report{}, errors.New("not installed")
			}
		}), []string{"error fleet :0 the store cannot be asked: not installed"}},
		{"a node is down", joined(func(p *patient) {
			p.reports(func(f *report) { f.Nodes[0].Up = false })
		}), []string{"warning fleet :0 https://a.example:2379 is down"}},
		{"a node without others", joined(func(p *patient) {
			p.reports(func(f *report) { f.Nodes[0].Trouble = "asks no majority" })
		}), []string{"error fleet :0 https://a.example:2379: asks no majority"}},
		{"a full node", joined(func(p *patient) {
			p.reports(func(f *report) { f.Nodes[0].Size = 3 << 29 })
		}), []string{"warning fleet :0 https://a.example:2379 has filled 75%"}},
		{"an alarm", joined(func(p *patient) {
			p.reports(func(f *report) { f.Alarms = []string{"NOSPACE of member 1"} })
		}), []string{"error fleet :0 etcd has raised an alarm: NOSPACE"}},
		{"a clock", joined(func(p *patient) {
			p.reports(func(f *report) { f.Hosts[0].Ahead = -time.Minute })
		}), []string{"error fleet :0 the clock of web1, or this one, is wrong"}},
		{"another table", joined(func(p *patient) {
			p.change(conf.DefaultPath, "local = yes\n", "local = yes\n"+
				"[zoe]\nsecret = 5a1f0c9be27d4837\npin = 4917\n")
			p.reports(func(f *report) {
				f.Hosts[0].Table = "differs"
				f.Hosts[0].Differ = []string{p.tag("zoe"), "00"}
			})
		}), []string{"warning fleet :0 the table of web1 does not say the same as this " +
			"host's of zoe and 1 other"}},
		{"no majority", joined(func(p *patient) {
			p.reports(func(f *report) { f.Trouble = "no node answers" })
		}), []string{"error fleet :0 no node answers"}},
	})
}
