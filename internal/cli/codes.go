package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/pam-motp/pam-motp/internal/paperpage"
	"github.com/pam-motp/pam-motp/internal/privatefile"
	"github.com/pam-motp/pam-motp/internal/secrets"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// codesOptions are the flags of codes.
type codesOptions struct {
	count  int
	site   string
	svg    string
	remove bool
	yes    bool
}

// codes gives a user codes to keep on paper.
func (a *app) codes() *cobra.Command {
	var o codesOptions
	cmd := &cobra.Command{
		Use: "codes USER [--count N] [--svg FILE] [--site SITE] [--remove] [--yes] " +
			"[--dry-run] [--json]",
		Short: "Print codes to keep on paper, for the day without a phone",
		Long: `Print ten codes for a user to keep on paper, for the day without a
phone. Each is good once, in any order, at the prompt that asks for a code; a
user whose token has a PIN types that first, also with Mobile-OTP. The table
keeps their hashes only: nobody can print them again. Capitals and dashes do not
matter.

A new set ends the one before; it asks first if codes of that are unused. The
record is told of each set, so that a table from a backup brings none back.
"motp status" and "motp list" tell how many are left.

With --svg, a page to print goes to a new file that only root can read, and
nothing is shown. With --remove, the user's codes are good no more.`,
		Example: `  motp codes alice
  motp codes alice --svg alice.svg && lp alice.svg && shred -u alice.svg
  motp codes alice --remove`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(cmd *cobra.Command, args []string) error {
			changed := cmd.Flags().Changed
			switch {
			case o.remove && (changed("count") || o.svg != "" || o.site != ""):
				return usagef("--remove makes no codes: --count, --svg, and " +
					"--site are not for it")
			case o.count < 1 || o.count > motp.MaxPaper:
				return usagef("--count must be a number from 1 to %d",
					motp.MaxPaper)
			case o.remove:
				return a.removeCodes(args[0])
			}
			return a.newCodes(args[0], o)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.count, "count", 10, "how many codes")
	flags.StringVar(&o.svg, "svg", "", "write a page to print to this new `FILE`, mode 0600")
	flags.StringVar(&o.site, "site", "", "name of the `SITE` on the page (default this host's)")
	flags.BoolVar(&o.remove, "remove", false, "take the user's codes away")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask before unused codes are replaced")
	a.changes(cmd)
	return cmd
}

// newCodes gives a user a new set in place of any other.
func (a *app) newCodes(name string, o codesOptions) error {
	user, known, err := a.findPaper(name)
	if err != nil {
		return err
	}
	paper, codes, err := secrets.NewPaper(known.Next, o.count)
	if err != nil {
		return err
	}
	if err := a.trial().SetPaper(name, paper); err != nil {
		return a.explain(name, err)
	}
	a.warnOfPaper(name)
	what := "given " + words.Count(o.count, "paper code")
	if a.dryRun {
		a.did(name, what)
		return nil
	}
	if err := a.mayHandOut(o.svg != ""); err != nil {
		return err
	}
	if err := confirmCodes(name, known.Left, o.yes); err != nil {
		return err
	}
	tokens, err := a.inForce(user)
	if err != nil {
		return err
	}
	page := paperpage.Page{User: shown.Name(name), Site: siteFlag(o.site), Set: paper.Set,
		Made: a.now(), PIN: hasAnyPIN(tokens), Codes: codes}
	if o.svg != "" {
		if err := privatefile.Write(o.svg, page.SVG()); err != nil {
			return fmt.Errorf("%w: nothing is changed", err)
		}
	}
	err = a.commit(shown.Name(name)+" has new paper codes, which were not shown: make others",
		func() error { return a.putPaper(user, paper) })
	if err != nil && a.report.Changed {
		a.warn("%v", err) // and the codes are good
	} else if err != nil {
		if o.svg != "" {
			_ = os.Remove(o.svg) // which has codes that are not good
		}
		return err
	}
	return a.showCodes(name, page, o)
}

// showCodes hands new codes out.
func (a *app) showCodes(name string, page paperpage.Page, o codesOptions) error {
	another := fmt.Sprintf("\"motp codes %s\" makes others", shown.Argument(name))
	switch {
	case o.svg != "":
		a.say("%s is given %s: print %s, and remove it", shown.Name(name),
			words.Count(o.count, "paper code"), o.svg)
		return nil
	case a.wantsReport:
		a.report.Codes, a.report.again = page.Codes, another
		return nil
	}
	fmt.Fprint(a.out, page.Text())
	if err := term.Written(a.out); err != nil {
		return fmt.Errorf("%w: the codes are good, and were not shown: %s", err, another)
	}
	return nil
}

// removeCodes takes a user's codes away.
func (a *app) removeCodes(name string) error {
	user, _, err := a.findPaper(name)
	if err != nil {
		return err
	}
	if !user.Paper.Exist() {
		a.already(shown.Name(name) + " has no paper codes")
		return nil
	}
	err = a.commit("the paper codes of "+shown.Name(name)+" are removed", func() error {
		return a.endPaper(user)
	})
	if err != nil {
		return err
	}
	if a.dryRun {
		a.say("the paper codes of %s would be removed; nothing is changed",
			shown.Name(name))
		return nil
	}
	a.say("the paper codes of %s are removed", shown.Name(name))
	return nil
}

// confirmCodes asks before codes end that a user may want to use.
func confirmCodes(name string, left int, yes bool) error {
	if left == 0 || yes {
		return nil
	}
	unused := words.Count(left, "unused paper code")
	t, err := term.Open()
	if err != nil {
		return fmt.Errorf("%w, and %s has %s: --yes replaces them", err, shown.Name(name),
			unused)
	}
	defer t.Close()
	replace, err := t.Confirm(shown.Name(name) + " has " + unused + ". Replace what is there?")
	if err == nil && !replace {
		err = errors.New("as you wish")
	}
	if err != nil {
		return fmt.Errorf("%w: nothing is changed", err)
	}
	return nil
}
