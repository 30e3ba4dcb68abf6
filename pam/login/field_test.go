package login

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// A password and a code in one field: what becomes of the login, and what later modules find.
func TestForwardPass(t *testing.T) {
	scrv1 := func(password, code string) string {
		return "SCRV1:" + base64.StdEncoding.EncodeToString([]byte(password)) + ":" +
			base64.StdEncoding.EncodeToString([]byte(code))
	}
	for _, c := range []struct {
		name, user, typed string
		options           []string
		earlier           string // what an earlier module left
		code              Code
		reason            string
		left              []string
		prompts           string
	}{
		{name: "both", typed: "hunter2" + right, code: Success, reason: "ok",
			left: []string{"hunter2"}, prompts: "Password and code: "},
		{name: "a wrong code", typed: "hunter2000000", code: AuthErr, reason: "wrong",
			left: []string{"hunter2"}},
		{name: "a password alone", typed: "hunter2", code: AuthErr, reason: "malformed",
			left: []string{"hunter2"}},
		{name: "a code alone", typed: right, code: AuthErr, reason: "no-password",
			left: []string{""}},
		{name: "nothing", typed: "", code: AuthErr, reason: "empty", left: []string{""}},
		{name: "a user who is disabled", user: "off", typed: "hunter2" + right,
			code: AuthErr, reason: "disabled", left: []string{"hunter2"}},
		{name: "nobody", user: "mallory", typed: "hunter2" + right, code: UserUnknown,
			reason: "unknown-user", left: []string{"hunter2"}},
		{name: "nobody, and nullok", user: "mallory", typed: "hunter2" + right,
			options: []string{"nullok"}, code: Ignore, reason: "unknown-user",
			left: []string{"hunter2" + right}},
		{name: "a bad entry", user: "bad", typed: "hunter2" + right,
			code: AuthinfoUnavail, reason: "bad-entry", left: []string{"hunter2"}},
		{name: "the code first", typed: right + "hunter2",
			options: []string{"forward_pass=code-first"}, code: Success, reason: "ok",
			left: []string{"hunter2"}, prompts: "Code and password: "},
		{name: "the code first, but it is last", typed: "hunter2" + right,
			options: []string{"forward_pass=code-first"}, code: AuthErr,
			reason: "malformed", left: []string{"hunter2" + right}},
		{name: "a prompt of the line's", typed: "hunter2" + right, code: Success,
			options: []string{"prompt=Password: "}, reason: "ok",
			left: []string{"hunter2"}, prompts: "Password: "},
		{name: "an earlier module's", earlier: "hunter2" + right,
			options: []string{"use_first_pass"}, code: Success, reason: "ok",
			left: []string{"hunter2"}},
		{name: "an earlier module's, if it fits", earlier: "hunter2" + right,
			options: []string{"try_first_pass"}, code: Success, reason: "ok",
			left: []string{"hunter2"}},
		{name: "an earlier module's, which does not fit", earlier: "hunter2",
			typed:   "hunter3" + right,
			options: []string{"try_first_pass"}, code: Success, reason: "ok",
			left: []string{"hunter3"}, prompts: "Password and code: "},
		{name: "set_pass", typed: "hunter2" + right, options: []string{"set_pass"},
			code: Success, reason: "ok", left: []string{"hunter2"}},
		{name: "OpenVPN's form", typed: scrv1("hunter2", right), code: Success,
			reason: "ok", left: []string{"hunter2"}},
		{name: "OpenVPN's form, the code first", typed: scrv1("hunter2", right),
			options: []string{"forward_pass=code-first"}, code: Success, reason: "ok",
			left: []string{"hunter2"}},
		{name: "OpenVPN's form, wrong", typed: scrv1("hunter2", "000000"), code: AuthErr,
			reason: "wrong", left: []string{"hunter2"}},
		{name: "OpenVPN's form, no code", typed: scrv1("hunter2", ""), code: AuthErr,
			reason: "empty", left: []string{"hunter2"}},
		{name: "OpenVPN's form, no password", typed: scrv1("", right), code: AuthErr,
			reason: "no-password", left: []string{""}},
		{name: "OpenVPN's form, nobody, and nullok", user: "mallory",
			typed: scrv1("hunter2", right), options: []string{"nullok"}, code: Ignore,
			reason: "unknown-user", left: []string{"hunter2"}},
		{name: "OpenVPN's form, with a zero byte", typed: scrv1("hunter\x002", right),
			code: AuthErr, reason: "malformed",
			left: []string{scrv1("hunter\x002", right)}},
		{name: "a password that begins so", typed: "SCRV1:x" + right, code: Success,
			reason: "ok", left: []string{"SCRV1:x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := append(place(t, table), "forward_pass")
			options = append(options, c.options...)
			if c.user == "" {
				c.user = "alice"
			}
			host := &script{answers: []Text{text(c.typed)}, token: text(c.earlier)}
			out := Run(request(c.user, options), host, site.Open, at(noon))
			if out.Code != c.code ||
				!strings.Contains(out.Line, "reason="+c.reason+" ") ||
				strings.Contains(out.Line, "hunter") ||
				strings.Contains(out.Line, right) {
				t.Errorf("%+v", out)
			}
			if !slices.Equal(host.left, c.left) {
				t.Errorf("left %q for later modules, want %q", host.left, c.left)
			}
			if c.prompts != "" && !slices.Equal(host.prompts, []string{c.prompts}) {
				t.Errorf("asked %q", host.prompts)
			}
		})
	}
}

// A code whose password was wrong stays used, and an answer that could not be passed is none.
func TestForwardPassTwice(t *testing.T) {
	options := append(place(t, table), "forward_pass")
	for _, c := range []struct {
		typed  Text
		reason string
		left   []string
	}{
		{text("wrong" + right), "ok", []string{"wrong"}},
		{text("hunter2" + right), "replay", []string{"hunter2"}},
		{Text{TooLong: true}, "malformed", nil},
	} {
		host := &script{answers: []Text{c.typed}}
		out := Run(request("alice", options), host, site.Open, at(noon))
		if !strings.Contains(out.Line, "reason="+c.reason+" ") ||
			!slices.Equal(host.left, c.left) {
			t.Errorf("%q: %+v, left %q", c.typed.S, out, host.left)
		}
	}
}

// The program does not take the password: nobody is let in, and a refusal stays one.
func TestForwardPassIsNotTaken(t *testing.T) {
	for typed, want := range map[string]Code{
		"hunter2" + right: AuthinfoUnavail, "hunter2000000": AuthErr,
	} {
		host := &script{token: text(typed), code: 4}
		options := append(place(t, table), "forward_pass", "use_first_pass")
		out := Run(request("alice", options), host, site.Open, at(noon))
		if out.Code != want {
			t.Errorf("%q: %+v", typed, out)
		}
	}
}

// A code from far off, and the next: typed alone, or with the password once more; and a program
// that gives one answer to each question has made one mistake.
func TestForwardPassAndTheNextCode(t *testing.T) {
	const resync = "resync = 1h\n" + table
	far, next := codeAt(
		noon.Add(30*time.Minute),
	), codeAt(
		noon.Add(30*time.Minute+10*time.Second),
	)
	for _, c := range []struct {
		name, second string
		code         Code
		failures     int // counted, of the three that lock
	}{
		{"the next code", next, Success, 0},
		{"the next code and the password", "hunter2" + next, Success, 0},
		{"the same answer", "hunter2" + far, AuthErr, 1},
		{"another wrong code", "hunter2000000", AuthErr, 2},
	} {
		options := append(place(t, resync), "forward_pass", "grace=8h")
		host := &script{answers: []Text{text("hunter2" + far), text(c.second)}}
		out := Run(request("alice", options), host, site.Open, at(noon))
		if out.Code != c.code || !slices.Equal(host.left, []string{"hunter2"}) ||
			len(host.prompts) != 2 {
			t.Errorf("%s: %+v, left %q, asked %q", c.name, out, host.left,
				host.prompts)
		}
		if c.code == Success {
			host := &script{answers: []Text{text("hunter2")}}
			out := Run(request("alice", options), host, site.Open, at(noon))
			if out.Code !=
				Ignore {
				t.Errorf("%s: no grace afterwards: %+v", c.name, out)
			}
			continue
		}
		left := 0 // wrong codes until the user is locked
		for ; left < 5; left++ {
			host := &script{answers: []Text{text("hunter2" + "11111" +
				string(rune('0'+left)))}}
			out := Run(request("alice", options), host, site.Open, at(noon))
			if strings.Contains(out.Line, "reason=locked") {
				break
			}
		}
		if left != 3-c.failures {
			t.Errorf("%s: %d more wrong codes lock", c.name, left)
		}
	}
}

// A code from far off is that of a token with longer codes than the user's first: the password ends
// where it begins.
func TestForwardPassAndALongerCode(t *testing.T) {
	options := append(place(t, "resync = 1h\n[alice]\ntype = totp\nsecret = JBSWY3DPEHPK3PXP\n"+
		"[alice/b]\ntype = totp\ndigits = 8\nsecret = KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF\n"),
		"forward_pass")
	long := motp.Token{Type: motp.TOTP, Digits: 8, Secret: "TestSecretSuperSecre"}
	far := noon.Add(30 * time.Minute)
	host := &script{answers: []Text{text("hunter" + long.Code(far)),
		text(long.Code(far.Add(30 * time.Second)))}}
	out := Run(request("alice", options), host, site.Open, at(noon))
	if out.Code != Success || !slices.Equal(host.left, []string{"hunter"}) {
		t.Errorf("%+v, left %q", out, host.left)
	}
}
