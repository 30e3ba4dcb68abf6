package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/credstore"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/motp"
)

// A sealing is what stands sealed, and what stands plain, at a position.
type sealing struct {
	sealed int
	plain  []finding // where somebody's value is plain, once for each user
	open   []finding // where a PIN is plain that somebody has set
	used   []string  // ids of keys
}

// A finding is a place in a table.
type finding struct {
	file string
	line int
	user string
}

// sealed looks at the keys of what is sealed, and for what is not.
func (v *visit) sealed() string {
	var saw []string
	for _, p := range v.positions() {
		w := v.owner(p)
		v.as(w, p.state, func() {
			if words := v.oneSealed(p, w); words != "" && !slices.Contains(saw, words) {
				saw = append(saw, words)
			}
		})
	}
	return enumerate(saw)
}

func (v *visit) oneSealed(p position, w owner) string {
	at := v.site(p)
	_, entries, err := at.Users()
	if err != nil {
		return "" // which is told with the table
	}
	names, err := at.Store.Names(context.Background())
	if err != nil {
		return "" // which is told with the records
	}
	s := sealingOf(entries)
	v.sealedRecords(p, names, &s)
	v.ownPINs(p, entries, w)
	file := filepath.Join(p.state, seal.FileName)
	ids, err := at.Keys.IDs()
	if err != nil {
		v.badKeys(file, err, w)
		return ""
	}
	if len(ids) == 0 {
		if s.sealed > 0 && v.Root == "" && credstore.Path() != "" {
			return "by a credential"
		}
		return "" // whoever is kept out is told of with the table
	}
	v.plainAmongSealed(p, s, w, at.Keys.RefusesPlain())
	v.unusedKeys(file, ids, s, w.command(p)+" seal --rotate")
	v.exposedKeys(p, file)
	if _, err := os.Lstat(v.at(file)); errors.Is(err, fs.ErrNotExist) {
		return count(s.sealed, "value") + " sealed by a credential"
	}
	return count(s.sealed, "value") + " sealed by " + file
}

func sealingOf(entries []conf.Entry) (s sealing) {
	for _, e := range entries {
		plain := false
		for _, value := range e.Values() {
			if value.Text == "" {
				plain = true
				continue
			}
			s.note(value.Text)
		}
		if plain {
			s.plain = append(s.plain, finding{e.File, e.Line, e.User.Name})
		}
	}
	return s
}

func (s *sealing) note(text string) {
	s.sealed++
	if id := seal.KeyID(text); !slices.Contains(s.used, id) {
		s.used = append(s.used, id)
	}
}

// sealedRecords notes the PINs that users have set.
func (v *visit) sealedRecords(p position, names []string, s *sealing) {
	verifier := v.site(p).Verifier(motp.DefaultPolicy)
	for _, name := range names {
		sealed, open, err := verifier.SealedPINs(context.Background(), name)
		if err != nil {
			continue
		}
		for _, text := range sealed {
			s.note(text)
		}
		if open > 0 {
			file := filepath.Join(p.state, motp.EncodeName(name))
			s.open = append(s.open, finding{file, 0, name})
		}
	}
}

// ownPINs tells of users whom a PIN of their own keeps out: it is in force, and is refused, or does
// not open.
func (v *visit) ownPINs(p position, entries []conf.Entry, w owner) {
	verifier := v.site(p).Verifier(motp.DefaultPolicy)
	for _, e := range entries {
		if e.Err != nil {
			continue // which is told with the table
		}
		_, err := verifier.InForce(context.Background(), e.User)
		if !errors.Is(err, motp.ErrSealed) {
			continue
		}
		mend := w.command(p) + " pin " + e.User.Name + " gives another, if the key " +
			"cannot be had"
		if errors.Is(err, motp.ErrPlain) {
			mend = w.command(p) + " seal, if you have put it there; if not: " +
				w.command(p) + " pin " + e.User.Name
		}
		v.errorAt(filepath.Join(p.state, motp.EncodeName(e.User.Name)), 0,
			show(e.User.Name)+" cannot log in: "+v.shown(err.Error()), mend)
	}
}

// badKeys tells that the keys cannot be used.
func (v *visit) badKeys(file string, err error, w owner) {
	var bad *conf.Error
	mend := "write the lines as \"motp seal --print-key\" has shown them, or put the copy in " +
		"its place"
	if errors.As(err, &bad) && errors.Is(bad, conf.ErrExposed) {
		mend = v.restore(file, w) + "; if others may have read it: " + w.command(
			position{}) + " seal --rotate"
	}
	v.errorAt(file, 0, "nobody gets in whose secret is sealed: "+w.told(v.shown(err.Error())),
		mend)
}

// plainAmongSealed tells of values that somebody has put there in spite of the key. Where they are
// refused, those in the table are told with it.
func (v *visit) plainAmongSealed(p position, s sealing, w owner, refused bool) {
	mend := w.command(p) + " seal"
	if s.sealed == 0 {
		v.warnAt(
			filepath.Join(p.state, seal.FileName),
			0,
			"there is a key, and nothing is "+
				"sealed with it",
			mend,
		)
		return
	}
	if refused {
		return // who is kept out by one is told already
	}
	if len(s.plain)+len(s.open) == 0 {
		v.warnAt(filepath.Join(p.state, seal.OnlyName), 0, "is missing, although "+
			"everything is sealed: a plain secret or PIN that somebody puts there "+
			"would be taken as it stands", mend)
	}
	for _, f := range append(s.plain, s.open...) {
		v.warnAt(f.file, f.line, "a secret or PIN of "+show(f.user)+" is plain, where "+
			"others are sealed: somebody has put it there", mend)
	}
}

// unusedKeys tells of keys that should be gone.
func (v *visit) unusedKeys(file string, ids []string, s sealing, mend string) {
	for i, id := range ids {
		used := slices.Contains(s.used, id)
		switch {
		case i == 0: // it seals what comes next
		case used:
			v.warnAt(
				file,
				0,
				"the key "+id+" is still in use, although another seals: "+
					"a change of the key has not ended",
				mend,
			)
		default:
			v.warnAt(
				file,
				0,
				"the key "+id+" is used by nothing, and opens old backups",
				mend,
			)
		}
	}
}

// exposedKeys tells of keys that lie where they should not.
func (v *visit) exposedKeys(p position, file string) {
	_, err := os.Lstat(v.at(file))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if strings.HasPrefix(file, "/etc/") {
		v.warnAt(file, 0, "the key is under /etc, whose backups have the table: who has "+
			"one has both", "keep the records, and the key, in /var/lib/motp")
	}
	if filepath.Dir(file) == filepath.Dir(p.conf) {
		v.warnAt(file, 0, "the key lies beside the table: who copies the folder has both",
			"state=/var/lib/motp, or none, in the line of PAM")
	}
	for _, folder := range credstore.Folders {
		if _, err := os.Lstat(v.at(filepath.Join(folder, credstore.Name))); err == nil {
			v.warnAt(file, 0, fmt.Sprintf("the key lies here in the open, although %s "+
				"has it as a credential", filepath.Join(folder, credstore.Name)),
				"once motpd lets people in by the credential: shred -u "+file)
		}
	}
}
