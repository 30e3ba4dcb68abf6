package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/internal/secrets"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// Codes on paper: the table has a set of them, and the record what became of it.

// findPaper finds a user, and what the record knows of the codes.
func (a *app) findPaper(name string) (motp.User, motp.PaperStatus, error) {
	policy, user, err := a.lookup(name)
	if err != nil {
		return motp.User{}, motp.PaperStatus{}, err
	}
	status, err := a.verifier(policy).Status(context.Background(), user, a.now())
	return user, status.Paper, a.explain(name, err)
}

// putPaper writes a set into the table, and then tells the record, so that it never knows a set
// that the table has not had.
func (a *app) putPaper(user motp.User, paper motp.PaperCodes) error {
	if err := a.editor().SetPaper(user.Name, paper); err != nil {
		return a.explain(user.Name, err)
	}
	a.changed()
	user.Paper = paper
	if err := a.beginPaper(user); err != nil {
		return fmt.Errorf("the new paper codes are good, but the record is not told, so "+
			"that an older table would bring older ones back: %w", err)
	}
	return nil
}

// beginPaper tells the record of a user's set.
func (a *app) beginPaper(user motp.User) error {
	v := a.verifier(motp.DefaultPolicy)
	err := v.Prepare(context.Background(), user.Name)
	if err == nil {
		err = v.BeginPaper(context.Background(), user, a.now())
	}
	return a.explain(user.Name, err)
}

// endPaper takes a user's codes out of the table, and has the record refuse them for good.
func (a *app) endPaper(user motp.User) error {
	err := a.editor().SetPaper(user.Name, motp.PaperCodes{})
	if err == nil && !a.dryRun {
		v := a.verifier(motp.DefaultPolicy)
		err = v.Prepare(context.Background(), user.Name)
		if err == nil {
			err = v.EndPaper(context.Background(), user, a.now())
		}
	}
	return a.explain(user.Name, err)
}

// takePaper makes paper codes of the scratch codes that a user brings along, in a set that the
// record does not know yet. A user who is there already and brings none keeps what is there.
func (a *app) takePaper(i *importers.Imported, there []conf.Entry) error {
	before := motp.User{Name: i.User.Name}
	if len(there) == 1 && there[0].Err == nil {
		before = there[0].User
	}
	i.User.Paper = before.Paper
	if len(i.Scratch) == 0 || motp.CheckName(i.User.Name) != nil {
		return nil
	}
	status, err := a.verifier(motp.DefaultPolicy).Status(context.Background(), before, a.now())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		status.Paper.Next = before.Paper.Set + 1
	case errors.Is(err, motp.ErrCorrupt):
		return nil // which is told where records are looked at
	case err != nil:
		return a.explain(i.User.Name, err)
	}
	i.User.Paper, err = secrets.HashPaper(status.Paper.Next, i.Scratch)
	return err
}

// beginPapers tells the records of the sets that an import has written.
func (a *app) beginPapers(users []motp.User) error {
	for _, u := range users {
		if u.Paper.Exist() {
			if err := a.beginPaper(u); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasAnyPIN says whether a code on paper stands behind a PIN.
func hasAnyPIN(tokens []motp.Token) bool {
	return slices.ContainsFunc(tokens, func(t motp.Token) bool { return t.PIN != "" })
}

// A paperStatus is what list and status tell of a user's codes on paper.
type paperStatus struct {
	Set  uint64 `json:"set"`
	Of   int    `json:"of"`
	Left int    `json:"left"`
}

// paperStatusOf is nil without codes.
func paperStatusOf(user motp.User, known motp.PaperStatus) *paperStatus {
	if !user.Paper.Exist() {
		return nil
	}
	return &paperStatus{user.Paper.Set, len(user.Paper.Hashes), known.Left}
}

// inWords tells how many are left.
func (p paperStatus) inWords(user string) string {
	if p.Left == 0 {
		return fmt.Sprintf("none of %s is left; \"motp codes %s\" prints others",
			words.Count(p.Of, "code"), shown.Argument(user))
	}
	are := "are"
	if p.Left == 1 {
		are = "is"
	}
	return fmt.Sprintf("%d of %s %s left", p.Left, words.Count(p.Of, "code"), are)
}

// inBrief tells it in a column.
func (p *paperStatus) inBrief() string {
	if p == nil {
		return "-"
	}
	return strconv.Itoa(p.Left)
}

// askForPaper says that all codes on paper count as used, since the record is not the latest.
func (a *app) askForPaper(user motp.User) {
	if user.Paper.Exist() {
		a.warn("the paper codes of %s count as used: \"motp codes %s\" prints others",
			shown.Name(user.Name), shown.Argument(user.Name))
	}
}
