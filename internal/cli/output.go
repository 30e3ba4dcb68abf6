package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/holder"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// The rules of output:
//
//   - What was asked for goes to standard output. Errors, warnings and what is done go to standard
//     error, each line beginning with "motp: ". Questions go to the terminal.
//   - An error names the file, the user and the next step.
//   - Output that cannot be written is an error of any verb.
//   - A secret is printed where it is asked for, and in no error. A PIN is printed nowhere.
//   - Names from files and arguments are quoted where they hold anything but printable characters.
//     Only a terminal that is too narrow has them cut, with a mark.

// A console is how the command talks.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// complain tells an error.
func (c *console) complain(err error) { fmt.Fprintf(c.err, "motp: %v\n", err) }

// say tells what was done.
func (c *console) say(format string, args ...any) {
	fmt.Fprintf(c.err, "motp: "+format+"\n", args...)
}

// warn tells what is allowed but unwise.
func (c *console) warn(format string, args ...any) { c.say("warning: "+format, args...) }

// print writes a line of what was asked for.
func (c *console) print(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }

// explain puts the next step to an error from conf or motp about a user; the user is "" if it is
// not about one.
func (a *app) explain(user string, err error) error {
	var file *fs.PathError
	if errors.As(err, &file) && a.inState(file.Path) {
		return a.explainState(user, file)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, conf.ErrNoUser):
		return fmt.Errorf("%s: %s is not in the table: \"motp list\" shows who is",
			a.confPath, shown.Name(user))
	case errors.Is(err, conf.ErrUserExists):
		return fmt.Errorf("%w: \"motp remove %s\" first, if that is what you want, or "+
			"--token NAME for a further token", err, shown.Argument(user))
	case errors.Is(err, conf.ErrNoToken):
		return fmt.Errorf("%w: \"motp status %s\" tells which there are",
			err, shown.Argument(user))
	case errors.Is(err, motp.ErrMoved):
		return fmt.Errorf("%s: %w, and codes are judged there: \"motp fleet copy\" "+
			"brings it back; who has become local since (local = yes) must be "+
			"removed, forgotten, and added with another secret",
			shown.Name(user), err)
	case errors.Is(err, motp.ErrSealed) && !errors.As(err, new(*conf.Error)) && user != "":
		return fmt.Errorf("%s: %w", shown.Name(user), err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: run motp as root", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: \"motp add USER\" makes the table, --conf names another",
			err)
	default:
		return err
	}
}

// inState says whether a file is the folder of records, or in it.
func (a *app) inState(path string) bool {
	return path == a.state || strings.HasPrefix(path, a.state+"/")
}

// explainState does the same for an error from a user's record.
func (a *app) explainState(user string, err *fs.PathError) error {
	next := ""
	switch {
	case errors.Is(err, motp.ErrCorrupt):
		next = ": every code is refused until \"motp unlock " + shown.Argument(user) +
			"\" makes it anew"
	case errors.Is(err, motp.ErrBusy):
		next = ": try again" + a.pastHolder(user, err.Path)
	case errors.Is(err, fs.ErrPermission):
		next = ": run motp as root"
	case errors.Is(err, site.ErrRecordsGone):
		next = ": " + a.bringBack()
	case errors.Is(err, fs.ErrNotExist):
		next = ": every code is refused until it is there: " + a.bringBack()
	}
	about := ""
	if user != "" {
		about = shown.Name(user) + ": "
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
		who, shown.Argument(user))
}

// when tells a time in words, with how long ago it is.
func (a *app) when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return fmt.Sprintf("%s (%s)", t.Local().Format(time.DateTime), words.Ago(a.now().Sub(t)))
}

// printJSON prints a value as JSON.
func (c *console) printJSON(v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false) // a shell that looks for R&D finds it
	e.SetIndent("", "  ")
	return e.Encode(v)
}
