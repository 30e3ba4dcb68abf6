package cli

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"runtime"
	"strings"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/doctor"
	"github.com/pam-motp/pam-motp/internal/pamstack"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// try runs the real PAM stack of a service.
func (a *app) try() *cobra.Command {
	var t trial
	cmd := &cobra.Command{
		Use:   "try SERVICE USER [--rhost ADDRESS] [--tty NAME] [--stdin]",
		Short: "Log in through a service's PAM stack, without the service",
		Long: `Do what a service does when a user logs in: run its real PAM stack, first the
part that asks (auth), then the part that says whether the account may be used
(account). Each question is shown and asked, and each answer of PAM told in
words. Use it to test a change before the root shell is closed.

It counts like a real login: a right code is used up, a wrong one is a failure,
and the modules write to the log. No session is opened. The exit code is 0 for
accepted, 1 for refused.

Run it as root; a service whose table belongs to another user, as FreeRADIUS's
does, as that user. Where motpd runs, users may try services for themselves.`,
		Example: `  motp try sshd alice
  motp try sudo alice
  runuser -u freerad -- motp try radiusd alice
  motp code --secret 0123456789abcdef --pin 6666 | motp try sshd alice --stdin`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("a service and a user are wanted, as in: motp " +
					"try sshd alice")
			}
			return nil
		},
		ValidArgsFunction: a.completeTrial,
		RunE: func(cmd *cobra.Command, args []string) error {
			t.service, t.user = args[0], args[1]
			if !cmd.Flags().Changed("rhost") {
				t.rhost = usualRhost(t.service)
			}
			if !cmd.Flags().Changed("tty") {
				t.tty = usualTTY(t.service)
			}
			return a.logIn(t)
		},
	}
	cmd.Flags().StringVar(&t.rhost, "rhost", "",
		"where the user comes from (default 127.0.0.1 for network services)")
	cmd.Flags().StringVar(&t.tty, "tty", "",
		"terminal that the service names (default ssh for sshd, else this one)")
	cmd.Flags().BoolVar(&t.stdin, "stdin",
		false, "take the answers from standard input, one a line")
	return cmd
}

// A trial is one login.
type trial struct {
	service, user string
	rhost, tty    string
	stdin         bool
}

// logIn runs one trial.
func (a *app) logIn(t trial) error {
	if strings.ContainsAny(t.service, "/\x00") || t.service == "" {
		return usagef("a service is a file in %s, without its folder", pamstack.Folders[0])
	}
	file, err := pamstack.Find("", strings.ToLower(t.service)) // libpam makes the letters small
	if err != nil {
		return fmt.Errorf("there is no service %s: %w", shown.Name(t.service), err)
	}
	if err := mayTry(t); err != nil {
		return err
	}
	answers, done, err := a.answers(t.stdin)
	if err != nil {
		return err
	}
	defer done()
	a.say("%s by %s, %s; this counts like a real login", shown.Name(t.user), file,
		whoJudges(t.service))

	count := &counter{ConversationHandler: answers}
	runtime.LockOSThread() // modules may keep things by thread
	defer runtime.UnlockOSThread()
	tx, err := pam.Start(t.service, t.user, count)
	if err != nil {
		return fmt.Errorf("pam_start: %s", inPAMsWords(err))
	}
	defer func() { _ = tx.End() }()
	if err := a.runStack(tx, t); err != nil {
		return err
	}
	if count.questions > 1 && t.service == "sshd" &&
		doctor.PasswordOnly(doctor.AskSSHD, t.user) {
		a.warn("sshd refuses this login: its PasswordAuthentication has one answer for "+
			"all questions: %s", theManager().MendPasswordOnly())
	}
	return nil
}

// mayTry says as whom a trial has to be run, if not as whoever runs it: the module refuses a table
// that is neither root's nor that user's.
func mayTry(t trial) error {
	owner, uid, err := doctor.Owner("", strings.ToLower(t.service))
	switch {
	case err != nil:
		return fmt.Errorf("cannot read the service %s: %w", shown.Name(t.service), err)
	case uid == os.Geteuid():
		return nil
	case uid == 0 && asksMotpd(t.service) && motpdRuns():
		return nil // which knows who asks, and whom they may ask about
	case uid == 0:
		return errors.New("services that log people in run as root: run motp try as " +
			"root, or have motpd run")
	}
	return fmt.Errorf("the table and the records of %s belong to %s, and the module refuses "+
		"them to others: runuser -u %s -- motp try %s %s",
		shown.Name(t.service), owner, owner, shown.Name(t.service), shown.Name(t.user))
}

func asksMotpd(service string) bool {
	return doctor.AsksMotpd("", strings.ToLower(service))
}

// motpdRuns says whether motpd answers this process.
func motpdRuns() bool {
	_, _, err := ask.Ask(ask.Query{Verb: ask.Status})
	return err == nil
}

// whoJudges says who will judge a code.
func whoJudges(service string) string {
	if asksMotpd(service) && motpdRuns() {
		return "judged by motpd"
	}
	return "judged by a worker"
}

// runStack authenticates, and asks for the account.
func (a *app) runStack(tx *pam.Transaction, t trial) error {
	for item, value := range map[pam.Item]string{pam.Rhost: t.rhost, pam.Tty: t.tty,
		pam.Ruser: usualRuser(t.service)} {
		if value == "" {
			continue
		}
		if err := tx.SetItem(item, value); err != nil {
			return fmt.Errorf("pam_set_item: %s", inPAMsWords(err))
		}
	}
	flags := usualFlags(t.service)
	for _, step := range []struct {
		name string
		run  func(pam.Flags) error
	}{{"auth", tx.Authenticate}, {"account", tx.AcctMgmt}} {
		err := step.run(flags)
		a.print("%-9s%s", step.name+":", inPAMsWords(err))
		if err != nil {
			return errors.New("refused; the log says why: " + theManager().ModulesLog())
		}
	}
	a.print("accepted")
	return nil
}

// What services set, as far as modules may look at it.

// network are services to which people come from elsewhere.
func network(service string) bool {
	switch service {
	case "sshd", "openvpn", "radiusd", "vsftpd", "dovecot", "cockpit":
		return true
	}
	return false
}

func usualRhost(service string) string {
	if network(service) {
		return "127.0.0.1"
	}
	return ""
}

func usualTTY(service string) string {
	if service == "sshd" {
		return "ssh"
	}
	if network(service) {
		return ""
	}
	if name, err := os.Readlink("/proc/self/fd/0"); err == nil && strings.HasPrefix(name,
		"/dev/pts/") || strings.HasPrefix(name, "/dev/tty") {
		return name
	}
	return ""
}

// usualRuser is who calls the services that make one user another.
func usualRuser(service string) string {
	switch service {
	case "su", "su-l", "sudo", "sudo-i":
		if me, err := user.Current(); err == nil {
			return me.Username
		}
	}
	return ""
}

// usualFlags are those that sshd gives unless PermitEmptyPasswords is on.
func usualFlags(service string) pam.Flags {
	if service == "sshd" {
		return pam.DisallowNullAuthtok
	}
	return 0
}

// completeTrial completes a service, then a user.
func (a *app) completeTrial(
	_ *cobra.Command, args []string, _ string,
) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return a.completeUser(nil, nil, "")
	}
	names, err := pamstack.Services("/")
	if err != nil || len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
