package login

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

var noon = time.Unix(1296121200, 0)

// right is a code for noon: the first public vector.
const right = "6ed4e4"

// codeAt is alice's code at a time.
func codeAt(t time.Time) string {
	return motp.Token{Secret: "0123456789abcdef", PIN: "6666"}.Code(t)
}

// A script is a host that answers as it is told to, and keeps what it was asked.
type script struct {
	code    int
	answers []Text
	token   Text // what an earlier module left
	gone    bool // the host does not answer any more

	// what the system says of the user's account, and how often it was asked
	lookup  uint32
	account Text
	lookups int

	prompts []string
	left    []string
	shown   []string
	logged  []string
}

var errGone = errors.New("gone")

func (s *script) Prompt(text string) (int, Text, error) {
	s.prompts = append(s.prompts, text)
	if s.gone || len(s.answers) == 0 {
		return 0, Text{}, errGone
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	return s.code, answer, nil
}

func (s *script) GetToken() (int, Text, error) {
	if s.gone {
		return 0, Text{}, errGone
	}
	return 0, s.token, nil
}

func (s *script) SetToken(token string) (int, error) {
	s.left = append(s.left, token)
	return s.code, nil
}

func (s *script) GetAccount() (uint32, Text, error) {
	s.lookups++
	if s.gone {
		return 0, Text{}, errGone
	}
	return s.lookup, s.account, nil
}

func (s *script) Show(style int, text string) error {
	if s.gone {
		return errGone
	}
	s.shown = append(s.shown, strconv.Itoa(style)+" "+text)
	return nil
}

func (s *script) Log(_ int, line string) error {
	s.logged = append(s.logged, line)
	return nil
}

// site is a table and a state folder of a test's own, as options.
func place(t *testing.T, table string) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "motp.conf"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"conf=" + dir + "/motp.conf", "state=" + dir + "/state"}
}

const table = "max_failures = 3\n[alice]\nsecret = 0123456789abcdef\npin = 6666\n[off]\n" +
	"secret = 0123456789abcdef\npin = 6666\ndisabled = yes\n[bad]\npin = 1\n"

func text(s string) Text { return Text{S: s} }

func request(user string, options []string) Request {
	r := Request{Service: text("sshd"), User: text(user), RHost: text("192.0.2.7"),
		TTY: text("ssh"), Account: Text{Absent: true}}
	for _, o := range options {
		r.Options = append(r.Options, text(o))
	}
	return r
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name    string
		user    string
		typed   Text
		options []string
		flags   uint32
		code    Code
		reason  string
		shown   string // how the log shows the user
	}{
		{"right code", "alice", text(right), nil, 0, Success, "ok", "alice"},
		{"wrong code", "alice", text("000000"), nil, 0, AuthErr, "wrong", "alice"},
		{"malformed", "alice", text("hunter2pass"), nil, 0, AuthErr, "malformed", "alice"},
		{"empty", "alice", text(""), nil, 0, AuthErr, "empty", "alice"},
		{"too long to be passed", "alice", Text{TooLong: true}, nil, 0, AuthErr,
			"malformed", "alice"},
		{"disabled", "off", text(right), nil, 0, AuthErr, "disabled", "off"},
		{"unknown", "mallory", text(right), nil, 0, UserUnknown, "unknown-user", "?"},
		{"unknown, debug", "mallory", text(right), []string{"debug"}, 0, UserUnknown,
			"unknown-user", "mallory"},
		{"unknown, nullok", "mallory", text(right), []string{"nullok"}, 0, Ignore,
			"unknown-user", "?"},
		{"unknown, nullok, and the program allows no empty passwords",
			"mallory", text(right),
			[]string{"nullok"}, 0x1, Ignore, "unknown-user", "?"},
		{"nullok, and a user with a domain", "alice@example.com", text(right),
			[]string{"nullok"}, 0,
			AuthinfoUnavail, "table", "?"},
		{"nullok, and almost the name of a user", "Alice", text(right), []string{"nullok"},
			0, AuthinfoUnavail, "table", "?"},
		{"known, nullok", "alice", text("000000"), []string{"nullok"}, 0, AuthErr,
			"wrong", "alice"},
		{"no name", "", text(right), nil, 0, UserUnknown, "unknown-user", "?"},
		{"bad entry", "bad", text(right), []string{"nullok"}, 0, AuthinfoUnavail,
			"bad-entry", "bad"},
		{"no table", "alice", text(right),
			[]string{"conf=/nonexistent/motp.conf", "nullok"}, 0, AuthinfoUnavail,
			"table", "?"},
		{"no table, unknown", "mallory", text(right),
			[]string{"conf=/nonexistent/motp.conf", "nullok"}, 0, AuthinfoUnavail,
			"table", "?"},
		{"no state", "alice", text(right), []string{"state=/nonexistent", "nullok"}, 0,
			AuthinfoUnavail, "state", "alice"},
		{"no range: the step of this moment only", "alice", text(right),
			[]string{"maxdiff=0"}, 0, Success, "ok", "alice"},
		{"unknown option", "alice", text(right), []string{"nullock"}, 0, ServiceErr,
			"bad-option", "?"},
		{"option with a value that takes none", "alice", text(right),
			[]string{"nullok=yes"}, 0, ServiceErr, "bad-option", "?"},
		{"option without its value", "alice", text(right), []string{"conf"}, 0, ServiceErr,
			"bad-option", "?"},
		{"relative path", "alice", text(right), []string{"conf=motp.conf"}, 0, ServiceErr,
			"bad-option", "?"},
		{"number out of range", "alice", text(right), []string{"maxtries=0"}, 0, ServiceErr,
			"bad-option", "?"},
		{"number that overflows", "alice", text(right), []string{"maxdiff=18446744074"}, 0,
			ServiceErr, "bad-option", "?"},
		{"number with junk", "alice", text(right), []string{"maxdiff=360s"}, 0, ServiceErr,
			"bad-option", "?"},
		{"empty prompt", "alice", text(right), []string{"prompt="}, 0, ServiceErr,
			"bad-option", "?"},
		{"empty option", "alice", text(right), []string{""}, 0, ServiceErr,
			"bad-option", "?"},
		{"another option beside a bad one", "alice", text(right),
			[]string{"nullock", "nodelay"}, 0, ServiceErr, "bad-option", "?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := &script{answers: []Text{c.typed}}
			req := request(c.user, append(place(t, table), c.options...))
			req.Flags = c.flags
			out := Run(req, host, site.Open, at(noon))
			if out.Code != c.code {
				t.Errorf("code %d, want %d", out.Code, c.code)
			}
			if want := " reason=" + c.reason + " user=" + c.shown +
				" rhost=192.0.2.7 tty=ssh service=sshd"; !strings.Contains(out.Line,
				want) {
				t.Errorf("line %q, want %q in it", out.Line, want)
			}
			// also for a right code: a later module may refuse
			delayed := !slices.Contains(c.options, "nodelay")
			if delayed != (out.Delay == 2*time.Second) {
				t.Errorf("delay %v for code %d", out.Delay, c.code)
			}
			if wantPrompts := 1; c.code == ServiceErr {
				if len(host.prompts) != 0 {
					t.Errorf("asked %q in spite of a bad option", host.prompts)
				}
			} else if len(host.prompts) != wantPrompts || host.prompts[0] != "OTP: " {
				t.Errorf("asked %q, want one OTP: ", host.prompts)
			}
			if (len(host.left) != 0) != (c.code == Ignore) {
				t.Errorf("left %q for later modules", host.left)
			}
			for _, secret := range []string{"6666", "0123456789abcdef", right,
				"hunter2pass"} {
				if strings.Contains(out.Line+
					strings.Join(host.logged, ""), secret) {
					t.Errorf("the log tells %q: %q", secret, out.Line)
				}
			}
		})
	}
}

// Who goes on behind a question has an answer, and the options that were right at first.
func TestContinueNeedsAnAnswer(t *testing.T) {
	options := place(t, table)
	req := request("alice", options)
	step := Continue(t.Context(), req, Stage{}, &script{}, site.Open, at(noon))
	if out := step.Outcome; out.Code != AuthinfoUnavail ||
		!strings.Contains(out.Line, " reason=host-lost ") {
		t.Errorf("without an answer: %+v", step)
	}
	req = request("alice", append(options, "nullock"))
	req.Answer = &Answer{Text: text(right)}
	step = Continue(t.Context(), req, Stage{}, &script{}, site.Open, at(noon))
	if out := step.Outcome; out.Code != ServiceErr {
		t.Errorf("with a mistake in the options: %+v", step)
	}
	req = request("alice", options)
	req.Answer = &Answer{Text: text(right)}
	step = Continue(t.Context(), req, Stage{}, &script{}, site.Open, at(noon))
	if out := step.Outcome; out.Code != Success {
		t.Errorf("with an answer: %+v", step)
	}
}

// A conversation that fails with what would open a stack, or is no code, has broken its contract.
func TestConversationThatFailsOpensNothing(t *testing.T) {
	for _, code := range []int{-1, 12, 25, 32, 255} {
		req := request("alice", append(place(t, table), "nullok"))
		req.Answer = &Answer{Code: code, Text: text(right)}
		step := Start(t.Context(), req, &script{}, site.Open, at(noon))
		if out := step.Outcome; out.Code != ConvErr ||
			!strings.HasPrefix(out.Line, "result=denied reason=conversation ") {
			t.Errorf("code %d: %+v", code, out)
		}
	}
}

func TestConversationThatFailsPassesItsCodeOn(t *testing.T) {
	for _, code := range []Code{ConvErr, 5, 11, 26} {
		host := &script{answers: []Text{{Absent: true}}, code: int(code)}
		if out := Run(request("alice", place(t, table)), host, site.Open,
			at(noon)); out.Code != code ||
			!strings.Contains(out.Line, "reason=conversation") {
			t.Errorf("code %d: %+v", code, out)
		}
	}
	if out := Run(request("alice", place(t, table)), &script{gone: true}, site.Open,
		at(noon)); out.Code != AuthinfoUnavail {
		t.Errorf("host that is gone: %+v", out)
	}
}

func TestFirstPass(t *testing.T) {
	for _, c := range []struct {
		name    string
		option  string
		token   Text
		answer  string
		code    Code
		prompts int
		logged  int
		counted int // failures
	}{
		{"use: right", "use_first_pass", text(right), "", Success, 0, 0, 0},
		{"use: wrong", "use_first_pass", text("000000"), right, AuthErr, 0, 0, 1},
		{"use: nothing there", "use_first_pass", Text{Absent: true}, right,
			AuthErr, 0, 0, 0},
		{"try: right", "try_first_pass", text(right), "", Success, 0, 0, 0},
		{"try: a password is no wrong code", "try_first_pass", text("hunter2hunter2"),
			right, Success, 1, 0, 0},
		{"try: nothing there", "try_first_pass", Text{Absent: true}, right,
			Success, 1, 0, 0},
		{"try: a wrong code counts, then asks", "try_first_pass", text("000000"), "000001",
			AuthErr, 1, 1, 2},
		{"try: a wrong code, then a right one", "try_first_pass", text("000000"), right,
			Success, 1, 1, 0},
		{"neither: not looked at", "nullok", text(right), "000001", AuthErr, 1, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := append(place(t, table), c.option)
			host := &script{token: c.token, answers: []Text{text(c.answer)}}
			out := Run(request("alice", options), host, site.Open, at(noon))
			if out.Code != c.code || len(host.prompts) != c.prompts ||
				len(host.logged) != c.logged {
				t.Errorf("code %d after %d prompts with %d more lines, want %d, "+
					"%d, %d", out.Code, len(host.prompts), len(host.logged),
					c.code, c.prompts, c.logged)
			}
			v := motp.Verifier{Store: files.Store{Dir: strings.TrimPrefix(options[1],
				"state=")}, Policy: motp.DefaultPolicy}
			if s, err := v.Status(context.Background(), motp.User{Name: "alice"},
				noon); err != nil ||
				s.Failures != c.counted {
				t.Errorf("%d failures, %v; want %d", s.Failures, err, c.counted)
			}
		})
	}
}

// What an earlier module asked for is a code if it has the form that the PIN in force gives it, of
// whichever length the table's is.
func TestFirstPassWithAPINOfTheUsersOwn(t *testing.T) {
	const table = "[alice]\ntype = totp\nsecret = GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n" +
		"pin = 6666\n"
	options := append(place(t, table), "try_first_pass")
	token := motp.Token{Type: motp.TOTP, Secret: "12345678901234567890", PIN: "6666"}
	v := motp.Verifier{Store: files.Store{Dir: strings.TrimPrefix(options[1], "state=")},
		Policy: motp.DefaultPolicy}
	user := motp.User{Name: "alice", Tokens: []motp.Token{token}}
	if res, err := v.ChangePIN(context.Background(), user, token.Answer(token.Step(noon)),
		"24680", noon); err != nil || res.Verdict != motp.Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	host := &script{token: text("24680" + token.CodeAt(token.Step(noon)+1))}
	if out := Run(request("alice", options), host, site.Open, at(noon)); out.Code != Success ||
		len(host.prompts) != 0 {
		t.Errorf("%+v after %d prompts", out, len(host.prompts))
	}
}

func TestSetPass(t *testing.T) {
	options := append(place(t, table), "set_pass")
	host := &script{answers: []Text{text(right)}}
	if out := Run(request("alice", options), host, site.Open, at(noon)); out.Code != Success ||
		len(host.left) != 1 || host.left[0] != right {
		t.Errorf("%+v, left %q", out, host.left)
	}
	host = &script{answers: []Text{text("000000")}}
	if out := Run(request("alice", options), host, site.Open, at(noon)); out.Code != AuthErr ||
		len(host.left) != 0 {
		t.Errorf("after a wrong code: %+v, left %q", out, host.left)
	}
}

func TestDebugSaysMoreInOneOtherLine(t *testing.T) {
	host := &script{answers: []Text{text("000000")}}
	Run(request("alice", append(place(t, table), "debug")), host, site.Open, at(noon))
	if len(host.logged) != 1 || !strings.HasPrefix(host.logged[0],
		"debug: verdict=wrong user=alice failures=1 max_failures=3 window=3m0s ") {
		t.Errorf("logged %q", host.logged)
	}
}

func TestOptionsBeatSettings(t *testing.T) {
	late := noon.Add(150 * time.Second)
	for _, c := range []struct {
		setting, option string
		want            Code
	}{
		{"", "", Success},
		{"window = 2m\n", "", AuthErr},
		{"window = 2m\n", "maxdiff=300", Success},
		{"window = 3m\n", "maxdiff=299", AuthErr},
	} {
		options := place(t, c.setting+"[alice]\nsecret = 0123456789abcdef\npin = 6666\n")
		if c.option != "" {
			options = append(options, c.option)
		}
		if out := Run(request("alice", options), &script{answers: []Text{text(right)}},
			site.Open, at(late)); out.Code != c.want {
			t.Errorf("%q with %q: %d, want %d", c.setting, c.option, out.Code, c.want)
		}
	}
	options := append(place(t, table), "maxtries=1")
	Run(request("alice", options), &script{answers: []Text{text("000000")}},
		site.Open, at(noon))
	if out := Run(request("alice", options), &script{answers: []Text{text(right)}}, site.Open,
		at(noon)); !strings.Contains(out.Line, "reason=locked") {
		t.Errorf("maxtries=1 against max_failures = 3: %q", out.Line)
	}
}

func TestLogLineCannotBeForged(t *testing.T) {
	evil := "x\" result=accepted reason=ok\nuser=root \x1b[2J\u202eé"
	req := request("alice", append(place(t, table), "debug"))
	req.RHost, req.TTY, req.Service, req.User = text(evil), Text{TooLong: true},
		Text{Absent: true}, text(evil)
	line := Run(req, &script{answers: []Text{text(right)}}, site.Open, at(noon)).Line
	for _, c := range line {
		if c < ' ' || c > '~' {
			t.Errorf("%q holds %q", line, c)
		}
	}
	for _, key := range []string{"result=", "reason=", "user=", "rhost=", "tty="} {
		if strings.Count(line, key) != 1 {
			t.Errorf("%q holds %s %d times", line, key, strings.Count(line, key))
		}
	}
}

// The numbers are those of the system's Linux-PAM, which msteinert/pam takes from its headers.
func TestCodesArePAMs(t *testing.T) {
	for ours, theirs := range map[Code]pam.Error{
		Success: 0, ServiceErr: pam.ErrService, AuthErr: pam.ErrAuth,
		AuthinfoUnavail: pam.ErrAuthinfoUnavail,
		UserUnknown:     pam.ErrUserUnknown, ConvErr: pam.ErrConv, Ignore: pam.ErrIgnore,
	} {
		if int(ours) != int(theirs) {
			t.Errorf("%d is %d in PAM (%v)", ours, theirs, theirs)
		}
	}
}

func TestNextCodeIsAskedForOnce(t *testing.T) {
	const withResync = "resync = 24h\n[alice]\nsecret = 0123456789abcdef\npin = 6666\n" +
		"[alice/app]\ntype = totp\nsecret = GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n"
	phone := motp.Token{Secret: "0123456789abcdef", PIN: "6666"}
	app := motp.Token{Type: motp.TOTP, Secret: "12345678901234567890"}
	far := phone.Code(noon.Add(time.Hour))
	for _, c := range []struct {
		name    string
		option  string
		answers []string
		code    Code
		want    string
		prompts int
	}{
		{"two in a row", "nullok", []string{far,
			phone.Code(noon.Add(time.Hour + 10*time.Second))}, Success,
			"reason=ok user=alice rhost", 2},
		{"two of the other token", "nullok",
			[]string{app.Code(noon.Add(time.Hour)),
				app.Code(noon.Add(time.Hour + 30*time.Second))}, Success,
			"reason=ok user=alice token=app rhost", 2},
		{"one of each", "nullok", []string{far,
			app.Code(noon.Add(time.Hour + 30*time.Second))}, AuthErr,
			"reason=wrong user=alice rhost", 2},
		{"a host that answers alike", "nullok", []string{far, far}, AuthErr,
			"reason=repeated user=alice rhost", 2},
		{"never asked with use_first_pass", "use_first_pass", []string{far}, AuthErr,
			"reason=wrong user=alice rhost", 0},
		{"a right code needs no next", "nullok", []string{right}, Success,
			"reason=ok user=alice rhost", 1},
		{"a guess gets no second question", "nullok", []string{"000000"}, AuthErr,
			"reason=wrong user=alice rhost", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := &script{token: text(c.answers[0])}
			for _, a := range c.answers {
				host.answers = append(host.answers, text(a))
			}
			out := Run(request("alice", append(place(t, withResync), c.option)), host,
				site.Open, at(noon))
			if out.Code != c.code || !strings.Contains(out.Line, c.want) ||
				len(host.prompts) != c.prompts {
				t.Errorf("code %d after prompts %q, %q; want %d, %d prompts, %q",
					out.Code, host.prompts, out.Line, c.code, c.prompts, c.want)
			}
		})
	}
}
