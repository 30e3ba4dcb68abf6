// Package cli is the command motp: one verb a file. A verb holds its flags, one call of what does the
// work, and the printing. It edits motp.conf, the table that pam_motp reads, and looks after the
// record that every user has.
//
// app.go is what the verbs share, output.go how results and errors are told, terminal.go how a person
// is asked. The package must not be imported by anything but package main.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// version is set by the linker: see the Makefile.
var version string

// An app is one run of the command: where things are, and how it talks.
type app struct {
	place
	dryRun bool // --dry-run, of the verbs that change something

	in       io.Reader
	out, err io.Writer
	now      func() time.Time

	// began is set when a verb's arguments are understood and its work begins. Any error before that is about usage.
	began bool

	ledger ledger // what a verb has written
}

// Main runs the command with a process's arguments and returns its exit code. Before it reads
// anything, nobody can look into the process.
func Main(argv []string) int { return newApp().main(argv) }

func (a *app) main(argv []string) int {
	if err := forbidDumps(); err != nil {
		a.complain(err)
		return exitFailure
	}
	return a.start(argv)
}

func newApp() *app {
	return &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now}
}

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// run does what the arguments say and returns the exit code.
func (a *app) run(args []string) int {
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	if err == nil {
		return exitOK
	}
	var status exitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	var usage *usageError
	if a.began && !errors.As(err, &usage) || term.Written(a.out) != nil { // cobra has --version return that
		a.complain(err)
		return exitFailure
	}
	a.complain(err)
	fmt.Fprintf(a.err, "motp: see %q\n", cmd.CommandPath()+" --help")
	return exitUsage
}

// A usageError is a mistake in the arguments that only the verb itself notices.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "motp",
		Short: "Look after users who log in with one-time passwords",
		Long: `motp looks after users who log in with one-time passwords from their phones
(Mobile-OTP, TOTP, HOTP), through the PAM module pam_motp.`,
		Example: `  motp add alice          enrol alice; asks for the PIN of her token
  motp add bob --type totp    enrol bob, who has an authenticator app
  motp list               who may log in, who is locked
  motp unlock alice       let alice try again after too many wrong codes`,
		Version:           versionText(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if words := cmd.Flags().Args(); cmd == root && len(words) > 0 {
			return unknownVerb(cmd, words[0]) // whose flags nobody can know
		}
		return err
	})
	root.SetVersionTemplate("motp {{.Version}}\n")
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	flags := root.PersistentFlags()
	flags.StringVar(&a.confPath, "conf", conf.DefaultPath, "the table of users")
	flags.StringVar(&a.state, "state", conf.DefaultState, "the folder of the users' records")

	for _, verb := range []func() *cobra.Command{
		a.add, a.qr, a.list, a.status, a.verify, a.unlock, a.sync, a.pin, a.disable, a.enable,
		a.remove, a.forget, a.restored, a.importUsers, a.export, a.code, a.token, a.otpverify,
		a.try, a.doctor, a.completion, a.version,
	} {
		root.AddCommand(a.marked(verb()))
	}
	helpKnowsVerbs(root)
	return root
}

// marked notes when a verb begins its work, and has it say how things stand if it is interrupted.
func (a *app) marked(verb *cobra.Command) *cobra.Command {
	work := verb.RunE
	verb.RunE = func(cmd *cobra.Command, args []string) error {
		a.began = true
		if verb.Name() != "import" { // which has more to say
			defer a.watchInterrupts(verb)()
		}
		return work(cmd, args)
	}
	verb.DisableFlagsInUseLine = true
	return verb
}

// oneUser is what most verbs are about.
func oneUser(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("which user? The name is missing")
	case len(args) > 1:
		return fmt.Errorf("one user at a time: %s is too much", shown.Quoted(args[1]))
	}
	return nil
}

// noArguments is for verbs that are about no user, or all.
func noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 0 && cmd.HasSubCommands():
		return unknownVerb(cmd, args[0])
	case len(args) > 0:
		return fmt.Errorf("%s is too much", shown.Quoted(args[0]))
	}
	return nil
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}

// editor changes the table, or with --dry-run tries whether it could.
func (a *app) editor() conf.Editor { return a.site().Edit(a.dryRun) }

// maySet finds out whether a key of a token could be set, before anybody is asked for its value.
func (a *app) maySet(user, token, key, value string) error {
	to := conf.Address{User: user, Token: token}
	return a.explain(user, a.trial().Set(to, key, value))
}

// changes gives a verb the flag --dry-run.
func (a *app) changes(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&a.dryRun, "dry-run", "n", false, "tell what would be done, and change nothing")
}

// did tells that a user is now something, or would be: "alice is disabled".
func (a *app) did(user, what string) {
	if a.dryRun {
		a.say("%s would be %s; nothing is changed", shown.Name(user), what)
		return
	}
	a.say("%s is %s", shown.Name(user), what)
}

// lookup finds a user who must be there.
func (a *app) lookup(name string) (motp.Policy, motp.User, error) {
	policy, user, err := a.table().Lookup(name)
	return policy, user, a.explain(name, err)
}

// completeUser completes the first argument with the users of the table.
func (a *app) completeUser(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	_, entries, err := a.table().Users()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []cobra.Completion
	for _, e := range entries {
		names = append(names, e.User.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
