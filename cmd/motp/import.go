package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pam-motp/pam-motp/foreign"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// importUsers takes users over from another server.
func (a *app) importUsers() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FORMAT FILE... [--replace] [--key-file KEYFILE] [--dry-run] [--yes]",
		Short: "Take users over from another one-time-password server",
		Long: `Take users over from another one-time-password server, or an app. FILE is only
read; "-" is standard input. The formats:

` + formatList() + `
First it shows who would be taken over, how far the clock of each token is off,
and every line that is left, with the reason; then it asks. All users are
written in one step, or none. Records of used codes, failures and locks are not
taken over.

Users who are in the table already stay as they are; with --replace they get the
token of FILE. Without a terminal, --yes answers the question.

google-authenticator takes several files, each of one user. A hidden one is that
of the user whose home folder it stands in, any other that of the user it is
named like.

The exit code is 1 if anything is left, 0 if all was taken over or was in the
table before.

MOTP-AS' own CSV has no learnt offsets. This has them, out of its database:

  mysql -NB motp -e "SELECT CONCAT_WS(',', u.user, '', '', '', d.secret,
    d.timezone + d.offset/3600, a.pin, '', '', '') FROM users u
    JOIN accounts a ON a.userid = u.id JOIN devices d ON d.id = a.deviceid
    WHERE u.enabled AND d.enabled" | motp import motp-as -`,
		Example: `  motp import mod_authn_otp /etc/apache2/users.otp --dry-run
  motp import otpverify-users /etc/freeradius/3.0/users
  motp import multiotp /etc/multiotp/users
  motp import google-authenticator /home/*/.google_authenticator`,
		Args:              formatAndFile,
		ValidArgsFunction: completeFormat,
		RunE: func(_ *cobra.Command, args []string) error {
			o.format, _ = foreign.FormatNamed(args[0])
			o.files = args[1:]
			return a.takeOver(o)
		},
	}
	a.changes(cmd)
	cmd.Flags().BoolVar(&o.replace, "replace", false, "give users who are in the table what FILE has for them")
	cmd.Flags().StringVar(&o.keyFile, "key-file", "", "read multiOTP's encryption key, if it was changed, from `KEYFILE`")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

type importOptions struct {
	format       foreign.Format
	files        []string
	keyFile      string
	replace, yes bool
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
		return fmt.Sprintf("%s and %d others", o.files[0], len(o.files)-1)
	}
	return strings.Join(o.files, " and ")
}

// takeOver does all of it: read, show, ask, write.
func (a *app) takeOver(o importOptions) error {
	sources, err := a.readSources(o)
	if err != nil {
		return err
	}
	p, err := a.plan(o.format.Read(sources...), o.replace)
	if err != nil {
		return err
	}
	a.preview(o, p)
	switch n := len(p.added) + len(p.replaced); {
	case n == 0:
		a.say("nobody is to be taken over; nothing is changed")
		return p.remainder()
	case a.dryRun:
		a.say("%s would be taken over; nothing is changed", count(n, "user"))
		return p.remainder()
	case !o.yes:
		if err := confirmImport(n, a.confPath); err != nil {
			return err
		}
	}
	if err := a.put(p); err != nil {
		return err
	}
	rest := ""
	if !o.fromStdin() { // which keeps nothing
		rest = ". The secrets are still in " + o.from() + " too"
	}
	a.say("%s now in %s; try a login before you log out%s", countAre(len(p.users()), "user"), a.confPath, rest)
	return p.remainder()
}

// put writes the users into the table, and makes their records.
func (a *app) put(p plan) error {
	verifier := a.verifier(motp.DefaultPolicy)
	for _, u := range p.users() {
		if _, err := verifier.Status(context.Background(), u, a.now()); err != nil &&
			!errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: nothing is changed", a.explain(u.Name, err))
		}
	}
	if err := a.table().Put(usersOf(p.added), usersOf(p.replaced)); err != nil {
		return fmt.Errorf("%w: nothing is changed", a.explain("", err))
	}
	for _, u := range p.users() {
		if err := verifier.Prepare(context.Background(), u.Name); err != nil {
			return fmt.Errorf("all are in %s now, but without a record: %w", a.confPath, a.explain(u.Name, err))
		}
	}
	return nil
}

func confirmImport(n int, table string) error {
	t, err := openTerminal()
	if err != nil {
		return fmt.Errorf("%w: --yes takes over what is shown above, --dry-run only shows it", err)
	}
	defer t.close()
	yes, err := t.confirm("Write " + count(n, "user") + " into " + table + "?")
	if err != nil {
		return fmt.Errorf("%w: nothing is changed", err)
	}
	if !yes {
		return errors.New("nothing is changed")
	}
	return nil
}

// maxImport is the largest file that is read: the size of the largest table.
const maxImport = 90 << 20

// readSources reads the file, or the files of a folder, with multiOTP's key.
func (a *app) readSources(o importOptions) (sources []foreign.Source, err error) {
	key := ""
	if o.keyFile != "" {
		content, err := readLimited(o.keyFile)
		if err != nil {
			return nil, err
		}
		key, _, _ = strings.Cut(content, "\n")
		key = strings.TrimSpace(key)
	}
	if o.fromStdin() {
		content, err := io.ReadAll(io.LimitReader(a.in, maxImport))
		if err != nil {
			return nil, fmt.Errorf("read standard input: %w", err)
		}
		return []foreign.Source{{File: "standard input", Text: string(content), Key: key}}, nil
	}
	files := o.files
	if info, err := os.Stat(files[0]); err == nil && info.IsDir() && !o.format.OneUser {
		if files, err = filesIn(files[0], o.format); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		content, err := readLimited(f)
		if err != nil {
			return nil, err
		}
		source := foreign.Source{File: filepath.Base(f), Text: content, Key: key}
		if o.format.OneUser {
			source.File, source.Owner = f, ownerOf(f)
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// ownerOf tells from the path of a user's file whose it is: of a hidden file, the one whose home folder it stands in. Else the file is named like the user.
func ownerOf(path string) string {
	name := filepath.Base(path)
	if !strings.HasPrefix(name, ".") {
		return name
	}
	whole, err := filepath.Abs(path)
	if home := filepath.Base(filepath.Dir(whole)); err == nil && home != "/" {
		return home
	}
	return ""
}

// filesIn lists the files of users in a folder.
func filesIn(folder string, f foreign.Format) (files []string, err error) {
	if f.Ending == "" {
		return nil, fmt.Errorf("%s is a folder, and %s keeps its users in one file: name that", folder, f.Name)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), f.Ending) {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no file that ends with %s", folder, f.Ending)
	}
	return files, nil
}

func readLimited(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxImport+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxImport {
		return "", fmt.Errorf("%s is larger than %d MiB", path, maxImport>>20)
	}
	return string(content), nil
}

func formatAndFile(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("which format? One of " + formatNames())
	}
	if _, ok := foreign.FormatNamed(args[0]); !ok {
		return fmt.Errorf("there is no format %q: it is one of %s", args[0], formatNames())
	}
	format, _ := foreign.FormatNamed(args[0])
	switch {
	case len(args) == 1:
		return errors.New("which file?")
	case len(args) > 2 && !format.OneUser:
		return fmt.Errorf("one file at a time: %q is too much", args[2])
	}
	return nil
}

func completeFormat(_ *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault // files
	}
	for _, f := range foreign.Formats {
		names = append(names, f.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func formatNames() string {
	var names []string
	for _, f := range foreign.Formats {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

func formatList() string {
	var b strings.Builder
	for _, f := range foreign.Formats {
		fmt.Fprintf(&b, "  %-20s  %s\n", f.Name, f.About)
	}
	return b.String()
}
