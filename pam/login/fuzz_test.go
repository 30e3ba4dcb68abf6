package login

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// goodOption is every option there is, as docs/options.md lists them.
var goodOption = regexp.MustCompile(
	`^(?s:(?:conf|users|state|cache)=/.*|prompt=[^\x00-\x1f\x7f]{1,256}|` +
		`motpd=(?:auto|always|never)|maxdiff=\d+|maxtries=\d+|nullok|try_first_pass|use_first_pass|` +
		`set_pass|not_set_pass|nodelay|debug|no_warn|change_pin|enrol)$`)

// FuzzOptions holds the reader of options to a list of them: nothing else is accepted, numbers stay
// in their bounds, and an error names the option in one line and never tells a value.
func FuzzOptions(f *testing.F) {
	for _, line := range []string{
		"", "nullok", "conf=/a\x00state=/b\x00nodelay", "maxdiff=360\x00maxtries=8",
		"maxdiff=7201", "maxtries=0", "maxdiff=-1",
		"prompt=Your code: ", "prompt=", "conf=", "S3cr3tM4rk3r=x", "pin=S3cr3tM4rk3r",
		"maxtries=S3cr3tM4rk3r", "users=S3cr3tM4rk3r", "nullok=", "nullok=yes", "debug\n",
		"prompt=" + strings.Repeat("é", 128), "prompt=" + strings.Repeat("é", 129),
		"motpd=auto", "motpd=always\x00motpd=never", "motpd=", "motpd",
		"motpd=S3cr3tM4rk3r",
		"maxtries=007", "maxtries=1_0",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		o, err := parseOptions(args)
		good := true
		for _, arg := range args {
			name, value, _ := strings.Cut(arg, "=")
			most := map[string]int{"maxdiff": 7200, "maxtries": 1000}[name]
			least := map[string]int{"maxtries": 1}[name]
			n, bad := strconv.Atoi(value)
			good = good && goodOption.MatchString(arg) &&
				(most == 0 || bad == nil && n >= least && n <= most) &&
				(name != "prompt" || len(value) <= 256)
		}
		if good != (err == nil) {
			t.Fatalf("%q: %v", args, err)
		}
		if _, checked := CheckOptions(args); err != nil && checked == nil {
			t.Errorf("%q pass the check, and not the login: %v", args, err)
		}
		if err != nil {
			name, _, _ := strings.Cut(line, "=")
			m := err.Error()
			printable := !strings.ContainsFunc(m, func(r rune) bool {
				return r < ' ' || r > '~'
			})
			tells := len(args) == 1 && strings.Contains(m, "S3cr3tM4rk3r") &&
				!strings.Contains(name, "S3cr3tM4rk3r")
			if !printable || tells {
				t.Errorf("%q: %q", args, m)
			}
			return
		}
		p := o.over(motp.DefaultPolicy)
		if p.Window < 0 || p.Window > time.Hour || p.MaxFailures < 1 ||
			p.MaxFailures > 1000 {
			t.Errorf("%q make %+v", args, p)
		}
	})
}
