package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/holder"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/term"
)

// The rules of output:
//
//   - What was asked for goes to standard output. Errors, warnings and what is done go to standard error, each line beginning with "motp: ".
//     Questions go to the terminal.
//   - An error names the file, the user and the next step.
//   - Output that cannot be written is an error of any verb.
//   - A secret is printed where it is asked for, and in no error. A PIN is printed nowhere.
//   - Names from files and arguments are quoted where they hold anything but printable characters.
//     Only a terminal that is too narrow has them cut, with a mark.

// An output is standard output. It remembers an error, so that none of those who print need look.
type output struct {
	io.Writer
	err error // the first
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// written tells whether all that was printed could be written.
func (a *app) written() error {
	if o, ok := a.out.(*output); ok {
		return o.err
	}
	return nil
}

// outputFile is the file that output goes to, if it is one.
func (a *app) outputFile() (*os.File, bool) {
	to := a.out
	if o, ok := to.(*output); ok {
		to = o.Writer
	}
	file, ok := to.(*os.File)
	return file, ok
}

// screenSize is the size of the terminal on which what is printed appears; false if there is none.
func (a *app) screenSize() (columns, rows int, ok bool) {
	out, ok := a.outputFile()
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return 0, 0, false
	}
	columns, rows, err := term.GetSize(int(out.Fd()))
	return columns, rows, err == nil && columns > 0 && rows > 0
}

// complain tells an error.
func (a *app) complain(err error) { fmt.Fprintf(a.err, "motp: %v\n", err) }

// say tells what was done.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.err, "motp: "+format+"\n", args...) }

// warn tells what is allowed but unwise.
func (a *app) warn(format string, args ...any) { a.say("warning: "+format, args...) }

// print writes a line of what was asked for.
func (a *app) print(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

// explain puts the next step to an error from conf or motp about a user; the user is "" if it is not about one.
func (a *app) explain(user string, err error) error {
	var file *fs.PathError
	if errors.As(err, &file) && (file.Path == a.state || strings.HasPrefix(file.Path, a.state+"/")) {
		return a.explainState(user, file)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, conf.ErrNoUser):
		return fmt.Errorf("%s: %s is not in the table: \"motp list\" shows who is", a.confPath, show(user))
	case errors.Is(err, conf.ErrUserExists):
		return fmt.Errorf("%w: \"motp remove %s\" first, if that is what you want, or --token NAME for a further token", err, argument(user))
	case errors.Is(err, conf.ErrNoToken):
		return fmt.Errorf("%w: \"motp status %s\" tells which there are", err, argument(user))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: run motp as root", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: \"motp add USER\" makes the table, --conf names another", err)
	default:
		return err
	}
}

// explainState does the same for an error from a user's record.
func (a *app) explainState(user string, err *fs.PathError) error {
	next := ""
	switch {
	case errors.Is(err, motp.ErrCorrupt):
		next = ": every code is refused until \"motp unlock " + argument(user) + "\" makes it anew"
	case errors.Is(err, motp.ErrBusy):
		next = ": try again" + a.pastHolder(user, err.Path)
	case errors.Is(err, fs.ErrPermission):
		next = ": run motp as root"
	case errors.Is(err, fs.ErrNotExist):
		next = ": every code is refused until \"install -d -m 0700 " + a.state + "\" makes the folder"
	}
	about := ""
	if user != "" {
		about = show(user) + ": "
	}
	return fmt.Errorf("%s: %scannot %s: %w%s", err.Path, about, err.Op, err.Err, next)
}

// pastHolder names the process that holds a record, and what gets past it.
func (a *app) pastHolder(user, record string) string {
	who, held := holder.Of(record)
	if !held {
		return ""
	}
	if _, _, err := a.table().Lookup(user); err != nil { // whom unlock does not know
		return fmt.Sprintf("; it is held by %v: end that", who)
	}
	return fmt.Sprintf("; it is held by %v: \"motp unlock --force %s\" gets past it",
		who, argument(user))
}

// show makes a name safe to print.
func show(name string) string { return shown.Name(name) }

// inQuotes is a word that somebody typed, as an error repeats it.
func inQuotes(word string) string {
	if shown := show(word); shown != word {
		return shown
	}
	return `"` + word + `"`
}

// argument is a name as a shell takes it, for commands that are proposed.
func argument(name string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@+.-"
	dashes := ""
	if strings.HasPrefix(name, "-") {
		dashes = "-- "
	}
	if name != "" && strings.Trim(name, plain) == "" {
		return dashes + name
	}
	return dashes + "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// when tells a time in words, with how long ago it is.
func (a *app) when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return fmt.Sprintf("%s (%s)", t.Local().Format(time.DateTime), ago(a.now().Sub(t)))
}

// ago tells in words how long ago something was.
func ago(d time.Duration) string {
	switch {
	case d < 0:
		return "in the future: was the clock set back?"
	case d < time.Second:
		return "just now"
	case d < 2*time.Minute:
		return count(d/time.Second, "second") + " ago"
	case d < 2*time.Hour:
		return count(d/time.Minute, "minute") + " ago"
	case d < 2*day:
		return count(d/time.Hour, "hour") + " ago"
	default:
		return count(d/day, "day") + " ago"
	}
}

// count puts a number to a thing: "1 failure", "2 failures".
func count[N ~int | ~int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
