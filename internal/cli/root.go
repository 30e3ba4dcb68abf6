package cli

import (
	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/version"
	"github.com/spf13/cobra"
)

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "motp",
		Short: "Look after users who log in with one-time passwords",
		Long: `motp looks after users who log in with one-time passwords from their phones
(Mobile-OTP, TOTP, HOTP), through the PAM module pam_motp.`,
		Example: `  motp add alice          enroll alice; asks for the PIN of her token
  motp add bob --type totp    enroll bob, who has an authenticator app
  motp list               who may log in, who is locked
  motp unlock alice       let alice try again after too many wrong codes`,
		Version:           version.Text(),
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
	flags.StringVar(&a.storeCert, "store-cert", "",
		"of a fleet: an administrator's certificate, not this host's")
	flags.StringVar(&a.storeKey, "store-key", "", "its key")

	for _, verb := range []func() *cobra.Command{
		a.add, a.invite, a.qr, a.list, a.status, a.verify, a.unlock, a.grace, a.sync, a.pin,
		a.codes,
		a.disable, a.enable,
		a.remove, a.forget, a.restored, a.seal, a.unseal, a.importUsers, a.export,
		a.code,
		a.token, a.otpverify,
		a.try, a.doctor, a.setup, a.fleet, a.completion, a.version,
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
		return a.reported(func() error { return work(cmd, args) })
	}
	verb.DisableFlagsInUseLine = true
	return verb
}
