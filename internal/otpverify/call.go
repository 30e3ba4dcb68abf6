package otpverify

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// A Call is a call of "motp otpverify".
type Call struct {
	radius, attributes bool
	conf, state        string
	Unlock             string   // a user's name
	five               []string // USER OTP SECRET PIN OFFSET, or none of them
}

// Parse reads the arguments: options, the five, options. Five arguments are the five, whatever they
// look like. USER and OTP come from people who are not in yet, and one who calls himself --help
// must not get help, whose exit code is 0. What looks like an option there at worst makes a call
// that is refused, since the administrator's SECRET, PIN and OFFSET are too few then, or OFFSET is
// no number.
func Parse(args []string) (Call, error) {
	c := defaultCall()
	rest := c.options(args)
	switch {
	case len(args) == 5 && len(rest) > 0:
		c = defaultCall()
		c.five = args
	case len(rest) >= 5:
		c.five = rest[:5]
		rest = c.options(rest[5:])
		if len(rest) > 0 {
			return c, errors.New("too many arguments: USER OTP SECRET PIN OFFSET, " +
				"and options")
		}
	case len(rest) > 0 && c.value(rest[0]) != nil:
		name, _, _ := strings.Cut(rest[0], "=")
		return c, fmt.Errorf("%s wants %s", name, values[name])
	case len(rest) > 0:
		return c, fmt.Errorf("%d of the five arguments USER OTP SECRET PIN OFFSET are "+
			"missing", 5-len(rest))
	}
	given := len(c.five) > 0
	switch {
	case c.Unlock != "" && (given || c.radius || c.attributes):
		return c, errors.New("--unlock takes a user, and nothing else")
	case c.attributes && (given || !c.radius):
		return c, errors.New("--attributes goes with --radius, and without arguments")
	case !given && !c.radius && c.Unlock == "":
		return c, errors.New("the five arguments USER OTP SECRET PIN OFFSET are missing")
	}
	return c, nil
}

// options takes options from the front of the arguments, and returns the rest, which begins with
// something else, or with an option that lacks its value.
func (c *Call) options(args []string) (rest []string) {
	for len(args) > 0 {
		switch args[0] {
		case "--":
			return args[1:]
		case "--radius":
			c.radius = true
		case "--attributes":
			c.attributes = true
		default:
			_, value, joined := strings.Cut(args[0], "=")
			behind := args[1:]
			if !joined && len(behind) > 0 {
				value, behind = behind[0], behind[1:]
			}
			into := c.value(args[0])
			if into == nil || value == "" {
				return args
			}
			*into = value
			args = behind
			continue
		}
		args = args[1:]
	}
	return nil
}

// values are the options that take a value, and which.
var values = map[string]string{
	"--conf": "a file", "--state": "a folder", "--unlock": "a user, whose name is missing",
}

// value is where the value of an option goes; nil if the argument is no option that takes one.
func (c *Call) value(arg string) *string {
	name, _, _ := strings.Cut(arg, "=")
	return map[string]*string{
		"--conf": &c.conf, "--state": &c.state, "--unlock": &c.Unlock,
	}[name]
}

// fromTable says whether the user's secret stands in the table.
func (c Call) fromTable() bool { return c.radius && !c.attributes && len(c.five) == 0 }

// user is whom the code is of, and the code. Errors tell no value.
func (c Call) user() (u motp.User, otp string, err error) {
	five := c.five
	if c.attributes {
		if five, err = fiveFromEnvironment(); err != nil {
			return motp.User{}, "", err
		}
	}
	token := motp.Token{Secret: five[2], PIN: five[3]}
	switch {
	case five[0] == "":
		return motp.User{}, "", errors.New("the user's name is empty")
	case token.Secret == "":
		return motp.User{}, "", errors.New("the secret is empty")
	case token.PIN == "":
		return motp.User{}, "", errors.New("the PIN is empty")
	}
	if token.Offset, err = conf.ParseOffset(strings.TrimSpace(five[4])); err != nil {
		return motp.User{}, "", fmt.Errorf("the offset %w", err)
	}
	return motp.User{Name: five[0], Tokens: []motp.Token{token}}, five[1], nil
}

// Folder is where the records are, below those of the users of the table.
const Folder = ".otpverify"

// records is the folder of the records of users who stand in no table. No user of the table can
// have a record of this name, since none begins with a dot.
func (c Call) records() string { return filepath.Join(c.state, Folder) }

// path is the file of a record.
func (c Call) path(record string) string {
	return filepath.Join(c.records(), motp.EncodeName(record))
}

// verifier has the records in files, wherever those of the table's users are.
func (c Call) verifier() motp.Verifier {
	at := site.Open(c.conf, c.records())
	return motp.Verifier{Store: at.Files, Policy: motp.DefaultPolicy, Sealer: at.Keys}
}

// defaultCall is a call without options.
func defaultCall() Call { return Call{conf: site.DefaultTable, state: site.DefaultRecords} }
