package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/privatefile"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// export writes the users in the form of another program.
func (a *app) export() *cobra.Command {
	format := formatColumns
	cmd := &cobra.Command{
		Use:   "export [FILE] [--format FORMAT]",
		Short: "Write the users in the form of another program",
		Long: `Write the users in the form of another program, into FILE, which must not be
there yet and gets mode 0600. Without FILE, or by the name "-", it goes to
standard output, if that is a pipe, or a file that nobody else can read. On a
terminal it asks first, since the secrets and PINs would be on the screen. The
formats:

` + exportList() + `
Where a user has set a PIN, it is that one; counters are those of the next code.

What a format cannot say is left out, and each user, or token, that is left out
is named with the reason, such as disabled users, and, of the four columns,
TOTP and HOTP tokens, further tokens, blanks in a PIN; and users whose record
cannot be read, which might hold a PIN; and tokens that were handed out by an
invitation and are not set up yet. Then the exit code is 1. Paper codes are not
exported.`,
		Example: `  motp export /root/motp.conf.table
  motp export --format pskc /root/tokens.xml
  motp export | ssh root@other 'umask 077; cat > /etc/security/motp.conf'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("one file at a time: unexpected argument %q",
					args[1])
			}
			return checkExportFormat(format)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 && args[0] != "-" {
				file = args[0]
			}
			if format == formatColumns {
				return a.exportColumns(file)
			}
			return a.exportAs(format, file)
		},
	}
	cmd.Flags().StringVar(&format, "format", formatColumns,
		"write this `FORMAT`: "+strings.Join(exportNames(), ", "))
	must(cmd.RegisterFlagCompletionFunc("format",
		cobra.FixedCompletions(exportNames(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// exportColumns writes the users as a table of four columns.
func (a *app) exportColumns(file string) error {
	policy, entries, err := a.table().Users()
	if err != nil {
		return a.explain("", err)
	}
	table, written, left := fourColumns(a.withPINs(entries))
	if err := a.writeExport(file, table, len(written)); err != nil {
		return err
	}
	a.tellExport(policy, written, left)
	a.tellPaper(entries)
	if len(left) > 0 {
		return fmt.Errorf("%s left out, for the reasons above",
			words.CountAre(len(left), "user"))
	}
	return nil
}

// writeExport writes secrets to where nobody else can read them.
func (a *app) writeExport(file string, content []byte, secrets int) error {
	if file != "" {
		return privatefile.Write(file, content)
	}
	if err := mayHoldSecrets(a.out); err != nil {
		return err
	}
	if err := a.confirmExport(secrets); err != nil {
		return err
	}
	_, err := a.out.Write(content)
	return err
}

// mayHoldSecrets refuses standard output that a shell has made a file which others can read.
func mayHoldSecrets(out io.Writer) error {
	mode, ok := term.FileMode(out)
	if ok && mode.IsRegular() && mode.Perm()&0o077 != 0 {
		return fmt.Errorf("standard output is a file of mode %04o, and others could read "+
			"the secrets: \"motp export FILE\" writes one of mode 0600", mode.Perm())
	}
	return nil
}

// confirmExport asks before secrets appear on a terminal.
func (a *app) confirmExport(users int) error {
	if users == 0 || !term.IsTerminal(a.out) {
		return nil
	}
	t, err := term.Open()
	if err != nil {
		return fmt.Errorf("%w, and the secrets would be on it: name a FILE", err)
	}
	defer t.Close()
	whose := words.Count(users, "user")
	yes, err := t.Confirm("Show the secrets and PINs of " + whose + " on the screen?")
	switch {
	case err != nil:
		return fmt.Errorf("%w: nothing is exported", err)
	case !yes:
		return errors.New("nothing is exported: \"motp export FILE\" writes a file of " +
			"mode 0600")
	}
	return nil
}

// errLocal keeps a token from two places of which neither knows what the other has accepted.
var errLocal = errors.New("is local: the tokens are of this host alone (local = yes)")

// withPINs are the entries with the PINs in force, so that tokens go on working elsewhere. Those of
// local users are to work nowhere else.
func (a *app) withPINs(entries []conf.Entry) []conf.Entry {
	entries = slices.Clone(entries)
	for i := range entries {
		e := &entries[i]
		if e.Err == nil && e.Local {
			e.Err = errLocal
		}
		if e.Err == nil {
			tokens, err := a.inForce(e.User)
			a.forgetClaimed(e.User, tokens)
			e.User.Tokens, e.Err = tokens, err
			e.User.Paper = motp.PaperCodes{} // see tellPaper
		}
	}
	return entries
}

// forgetClaimed takes from a user's tokens the invitations by which they were set up: those are
// tokens like any other. All other invitations stay, and what has one is good nowhere else.
func (a *app) forgetClaimed(user motp.User, tokens []motp.Token) {
	status, err := a.verifier(motp.DefaultPolicy).Status(context.Background(), user, a.now())
	for i := range tokens {
		if err == nil && i < len(status.Tokens) &&
			status.Tokens[i].Invitation == motp.Claimed {
			t := user.Tokens[i]
			t.PIN, t.Invitation = tokens[i].PIN, motp.Invitation{}
			tokens[i] = t
		}
	}
}

// fourColumns writes a table of the users who fit into it. left are the others, in the order of the
// entries.
func fourColumns(entries []conf.Entry) (table []byte, written []motp.User, left conf.Refusals) {
	var users []motp.User
	for _, e := range entries {
		if e.Err == nil {
			users = append(users, e.User)
		}
	}
	table, unfit := conf.Columns(users)
	why := make(map[string]error)
	for _, u := range unfit {
		why[u.User] = u.Err
	}
	for _, e := range entries {
		if err := cmp.Or(e.Err, why[e.User.Name]); err != nil {
			left = append(left, conf.Refusal{User: e.User.Name, Err: err})
			continue
		}
		written = append(written, e.User)
	}
	return table, written, left
}

// tellExport tells what the four columns do not say, or not to everybody.
func (a *app) tellExport(policy motp.Policy, written []motp.User, left conf.Refusals) {
	if lost := settingsOf(policy); len(lost) > 0 {
		a.warn("the four columns have no place for the settings %s",
			strings.Join(lost, ", "))
	}
	for _, l := range left {
		a.say("left out: %s: %v", shown.Name(l.User), l.Err)
	}
	for _, u := range written {
		if u.Tokens[0].Offset%time.Hour != 0 {
			a.warn("the offset of %s is no whole number of hours: pam_motp reads "+
				"decimals, pam_mobile_otp may not", shown.Name(u.Name))
		}
	}
}

// tellPaper tells whose codes on paper stay behind.
func (a *app) tellPaper(entries []conf.Entry) {
	for _, e := range entries {
		if e.Err == nil && e.User.Paper.Exist() {
			a.warn("the paper codes of %s are not exported", shown.Name(e.User.Name))
		}
	}
}

// settingsOf names the settings that are not what they are without any.
func settingsOf(p motp.Policy) (names []string) {
	d := motp.DefaultPolicy
	for name, changed := range map[string]bool{
		"window":       p.Window != d.Window || p.WindowForAll != d.WindowForAll,
		"max_failures": p.MaxFailures != d.MaxFailures,
		"unlock_after": p.UnlockAfter != d.UnlockAfter,
		"look_ahead":   p.LookAhead != d.LookAhead,
		"max_drift":    p.MaxDrift != d.MaxDrift,
		"resync":       p.Resync != d.Resync,
	} {
		if changed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
