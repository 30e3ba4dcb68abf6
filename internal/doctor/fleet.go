package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/motp"
)

// fleet looks at whether this host has its records where it shares them with others: the keys for
// that, the store, who gets in without it, and what stayed in files.
func (v *visit) fleet() string {
	var saw []string
	for _, p := range v.positions() {
		settings, err := v.site(p).Settings()
		if err != nil || settings.Fleet.IsZero() || slices.Contains(saw, p.conf) {
			continue // the table's own check tells what is wrong with it
		}
		saw = append(saw, p.conf)
		v.fleetFiles(settings.Fleet)
		v.fleetStore(p, settings.Fleet)
		v.fleetLocal(p)
		v.fleetLeft(p)
	}
	if len(saw) == 0 {
		return ""
	}
	return "the fleet that " + enumerate(saw) + " names"
}

// fleetFiles looks at the files that the settings name.
func (v *visit) fleetFiles(f conf.Fleet) {
	for _, file := range []string{f.Key, f.KeyFile} {
		info, err := os.Stat(v.at(file))
		switch {
		case err != nil:
			v.errorAt(file, 0, "nobody but local users gets in: "+plain(err),
				"motp fleet join brings what a host needs")
		case info.Mode().Perm()&0o077 != 0:
			v.errorAt(
				file,
				0,
				"others can read it: whoever has it can forget codes that "+
					"were used",
				"chmod 0600 "+file+"; if somebody has read it, motp fleet "+
					"leave, and join anew",
			)
		}
	}
	for _, found := range fleetCertificates(f, v.Now, v.at) {
		v.found(found)
	}
}

// fleetStore asks the store how it stands, and whether motpd-etcd serves.
func (v *visit) fleetStore(p position, f conf.Fleet) {
	v.fleetMotpd()
	if v.System.Fleet == nil {
		return
	}
	report, err := v.System.Fleet(f)
	if err != nil {
		v.errorAt("", 0, "the store cannot be asked: "+err.Error(),
			"motp fleet status tells more; motpd-etcd --check, too")
		return
	}
	f.Key, f.KeyFile = v.at(f.Key), v.at(f.KeyFile)
	_, entries, _ := v.site(p).Users() // which the table's own check tells of
	for _, found := range append(FleetFindings(report), FleetTables(report, f, entries)...) {
		v.found(found)
	}
}

// fleetMotpd looks whether motpd-etcd runs, and nobody in its place. A motpd of another version, of
// which [visit.motpd] tells, may not say which of the two it is.
func (v *visit) fleetMotpd() {
	if v.System.Motpd == nil {
		return
	}
	state, err := v.System.Motpd()
	switch {
	case errors.Is(err, ask.ErrAway):
		v.errorAt("", 0, "motpd-etcd does not run: nobody but local users gets in",
			v.manager().StartMotpdEtcd())
	case err == nil && !state.Fleet && state.Version == v.Version:
		v.errorAt("", 0, "motpd runs, and not motpd-etcd: nobody but local users gets in",
			v.manager().StartMotpdEtcd())
	}
}

// fleetLocal sees to it that somebody gets in to mend what is wrong with the store.
func (v *visit) fleetLocal(p position) {
	_, entries, err := v.site(p).Users()
	if err != nil {
		return
	}
	admins := Administrators(v.Machine)
	if !slices.ContainsFunc(entries, func(e conf.Entry) bool {
		return e.Local && slices.Contains(admins, e.User.Name)
	}) {
		v.warnAt(p.conf, 0, "while the store is away, nobody gets in who could mend that: "+
			"neither root nor anybody who may use sudo is local",
			"have one of them with local = yes, and a token for this host alone")
	}
}

// fleetLeft looks for records in files that nobody has moved.
func (v *visit) fleetLeft(p position) {
	at := v.site(p)
	_, entries, err := at.Users()
	names, failed := at.Files.Names(context.Background())
	if err != nil || failed != nil {
		return // which others tell
	}
	var left []string
	for _, name := range names {
		if slices.ContainsFunc(entries, func(e conf.Entry) bool {
			return e.Local && e.User.Name == name
		}) {
			continue
		}
		records := motp.Verifier{Store: at.Files, Policy: motp.DefaultPolicy}
		_, err := records.Status(context.Background(), motp.User{Name: name}, v.Now)
		if !errors.Is(err, motp.ErrMoved) && !errors.Is(err, fs.ErrNotExist) {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		m := v.manager()
		v.errorAt(p.state, 0, count(len(left), "record")+" in files, of "+some(left)+
			", which the store knows nothing of: codes that were used with them "+
			"may be good again", m.StopMotpdEtcd()+"; motp fleet copy --to-store; "+
			m.StartMotpdEtcd())
	}
}
