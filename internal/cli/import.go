package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/internal/importers/files"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/spf13/cobra"
)

// importUsers takes users over from another server.
func (a *app) importUsers() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use: "import FORMAT FILE... [--replace] [--key-file KEYFILE] [--counters DIR] " +
			"[--user USER | --map LIST] [--columns COLUMNS] " +
			"[--password-file FILE | --password-fd N] " +
			"[--dry-run] [--json] [--yes]",
		Short:             "Take users over from another one-time-password server",
		Long:              importHelp(),
		Example:           importExample,
		Args:              formatAndFile,
		ValidArgsFunction: completeFormat,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := o.set(args); err != nil {
				return err
			}
			return a.takeOver(o)
		},
	}
	a.changes(cmd)
	o.add(cmd)
	return cmd
}

// add gives the verb its flags.
func (o *importOptions) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.replace, "replace",
		false, "give users who are in the table what FILE has for them")
	cmd.Flags().StringVar(&o.keyFile, "key-file", "",
		"read multiOTP's encryption key, if it was changed, or that of pskc, in hex, "+
			"from `KEYFILE`")
	cmd.Flags().StringVar(&o.counters, "counters", files.DefaultCounters,
		"the folder of openvpn-otp's HOTP counters")
	cmd.Flags().StringVar(&o.user, "user", "", "whose all tokens of FILE are (pskc, csv)")
	cmd.Flags().StringVar(&o.owners, "map", "",
		"a CSV `LIST` of serial numbers and users, one a line (pskc, csv)")
	cmd.Flags().StringVar(&o.columnsFlag, "columns", "",
		"what the `COLUMNS` of a list are (csv): names, - for none, and NAME=VALUE")
	cmd.Flags().StringVar(&o.password.file, "password-file", "",
		"read the password of an encrypted FILE from this file, not the terminal")
	cmd.Flags().IntVar(&o.password.fd, "password-fd", noFD,
		"read it from this open descriptor")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
}

// importHelp tells what the verb does.
func importHelp() string {
	return `Take users over from another one-time-password server, or an app. FILE
is only read; "-" is standard input. The formats:

` + formatList() + `
First it shows who would be taken over, how far the clock of each token is off,
and every line that is left out, with the reason; then it asks. All users are
written in one step, or none, whenever it is interrupted. Records of used codes,
failures and locks are not taken over. Who has several tokens that are all good
gets all of them.

Users who are in the table already stay as they are; with --replace they get the
token of FILE. Without a terminal, --yes answers the question.

google-authenticator takes several files, each of one user. A hidden one is that
of the user whose home folder it stands in, any other that of the user it is
named like. qr takes several pictures, such as those of one export.

Lists of hardware tokens (pskc, csv) know serial numbers: --map names a list of
whose they are, with lines like "12345678,alice"; --user gives all to one user.
The user's second token and further ones are called by their serial numbers. Of
a list without names of columns, --columns says what they are: serial, user,
secret (or hex, or base32), type, digits, period, counter, algorithm, pin,
offset (in seconds). The password of an encrypted FILE is asked for on the
terminal.

FILE must be a regular file. Where somebody else than root may have written it,
it must be no symbolic link either.

The exit code is 1 if anything is left out, 0 if all was taken over or was in
the table before.

MOTP-AS' own CSV has no learned offsets. This takes them from its database:

  mysql -NB motp -e "SELECT CONCAT_WS(',', u.user, '', '', '', d.secret,
    d.timezone + d.offset/3600, a.pin, '', '', '') FROM users u
    JOIN accounts a ON a.userid = u.id JOIN devices d ON d.id = a.deviceid
    WHERE u.enabled AND d.enabled" | motp import motp-as -`
}

const importExample = `  motp import mod_authn_otp /etc/apache2/users.otp --dry-run
  motp import otpverify-users /etc/freeradius/3.0/users
  motp import multiotp /etc/multiotp/users
  motp import pskc tokens.xml --map owners.csv
  motp import csv seeds.csv --columns serial,hex,type=totp --map owners.csv
  motp import qr screenshot.png
  motp import google-authenticator /home/*/.google_authenticator`

type importOptions struct {
	format       importers.Format
	files        []string
	keyFile      string
	counters     string
	user, owners string
	columnsFlag  string
	columns      importers.Columns
	password     passwordFrom
	replace, yes bool
}

// set takes the format and the files, and refuses flags that go with other formats.
func (o *importOptions) set(args []string) (err error) {
	o.format, _ = importers.FormatNamed(args[0])
	o.files = args[1:]
	if o.columnsFlag != "" {
		if o.columns, err = importers.ParseColumns(o.columnsFlag); err != nil {
			return fmt.Errorf("--columns: %w", err)
		}
	}
	switch {
	case o.columnsFlag != "" && o.format.Name != "csv":
		return errors.New("--columns is for csv")
	case (o.user != "" || o.owners != "") && !o.format.Serials:
		return fmt.Errorf("--user and --map are for tokens with serial numbers, "+
			"and %s has names of users", o.format.Name)
	case o.user != "" && o.owners != "":
		return errors.New("--user or --map, not both")
	case o.password.file != "" && o.password.fd != noFD:
		return errors.New("--password-file or --password-fd, not both")
	case o.password.fd == 0 && o.fromStdin():
		return errors.New("standard input is FILE already: --password-fd 3, say")
	}
	return nil
}

// fromStdin says whether standard input is read. A format of one user a file needs the file's name.
func (o importOptions) fromStdin() bool {
	return len(o.files) == 1 && o.files[0] == "-" && !o.format.OneUser
}

// from names what is read.
func (o importOptions) from() string {
	if o.fromStdin() {
		return "standard input"
	}
	if len(o.files) > 2 {
		return fmt.Sprintf("%s and %d others", shown.Name(o.files[0]), len(o.files)-1)
	}
	var names []string
	for _, f := range o.files {
		names = append(names, shown.Name(f))
	}
	return strings.Join(names, " and ")
}

// order is what is to be read.
func (a *app) order(o importOptions) files.Order {
	order := files.Order{
		Format: o.format, Files: o.files, KeyFile: o.keyFile, Counters: o.counters,
		User: o.user, Map: o.owners, Columns: o.columns,
		Password: o.password.once(o.from()), PIN: a.askMissingPIN,
	}
	if o.fromStdin() {
		order.Stdin = a.in
	}
	return order
}

// takeOver does all of it: read, show, ask, write.
func (a *app) takeOver(o importOptions) error {
	guard := a.guardImport()
	defer guard.done()
	sources, skipped, err := a.order(o).Read()
	if err != nil {
		return err
	}
	found := o.format.Read(sources...)
	found.Skipped = append(skipped, found.Skipped...)
	p, err := a.plan(found, o.replace)
	if err != nil {
		return err
	}
	a.preview(o, p)
	n := len(p.added) + len(p.replaced)
	if n == 0 {
		a.say("nobody is to be taken over; nothing is changed")
		return p.remainder()
	}
	if err := a.mayBegin(); err != nil {
		return fmt.Errorf("%w: nothing is changed", a.explain("", err))
	}
	switch {
	case a.dryRun:
		a.changed()
		a.say("%s would be taken over; nothing is changed", words.Count(n, "user"))
		return p.remainder()
	case !o.yes:
		if err := confirmImport(n, a.confPath); err != nil {
			return err
		}
	}
	if err := a.put(guard, p); err != nil {
		return err
	}
	rest := ""
	if !o.fromStdin() { // which keeps nothing
		rest = ". The secrets are still in " + o.from() + " too"
	}
	a.say("%s now in %s; try a login before you log out%s",
		words.CountAre(len(p.users()), "user"), a.confPath, rest)
	return p.remainder()
}

func confirmImport(n int, table string) error {
	t, err := term.Open()
	if err != nil {
		return fmt.Errorf("%w: --yes takes over what is shown above, --dry-run only "+
			"shows it", err)
	}
	defer t.Close()
	yes, err := t.Confirm("Write " + words.Count(n, "user") + " into " + table + "?")
	if err != nil {
		return fmt.Errorf("%w: nothing is changed", err)
	}
	if !yes {
		return errors.New("nothing is changed")
	}
	return nil
}

func formatAndFile(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("which format? One of " + formatNames())
	}
	if _, ok := importers.FormatNamed(args[0]); !ok {
		return fmt.Errorf("there is no format %q: it is one of %s", args[0], formatNames())
	}
	format, _ := importers.FormatNamed(args[0])
	switch {
	case len(args) == 1:
		return errors.New("which file?")
	case len(args) > 2 && !format.OneUser && !format.Picture:
		return fmt.Errorf("one file at a time: unexpected argument %q", args[2])
	}
	return nil
}

func completeFormat(
	_ *cobra.Command, args []string, _ string,
) (names []cobra.Completion, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault // files
	}
	for _, f := range importers.Formats {
		names = append(names, f.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func formatNames() string {
	var names []string
	for _, f := range importers.Formats {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

func formatList() string {
	var b strings.Builder
	for _, f := range importers.Formats {
		fmt.Fprintf(&b, "  %-20s  %s\n", f.Name, f.About)
	}
	return b.String()
}
