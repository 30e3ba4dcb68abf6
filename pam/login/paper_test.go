package login

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// onPaperTable is alice with the paper code ABCD-EFGH-IJKL-MNOP and another one, whose hashes were
// made with Python's hashlib.
const onPaperTable = "[alice]\nsecret = 0123456789abcdef\npin = 6666\npaper = 3/" +
	"000102030405060708090a0b0c0d0e0f/6f831295798042721c84c4381dfb17b6 " +
	"5f6c460e563747698841ed85ad540ae9\n"

// A login by a code on paper is one, and the log says what it was and how many are left. No field
// does, since a token may have any name.
func TestPaper(t *testing.T) {
	options := place(t, onPaperTable)
	for _, c := range []struct {
		name, typed string
		code        Code
		reason      string
		detail      string
	}{
		{"right", "6666abcd efgh ijkl mnop", Success, "ok", `"a paper code; 1 is left"`},
		{"used", "6666ABCD-EFGH-IJKL-MNOP", AuthErr, "replay",
			`"a paper code that was used before; 1 is left"`},
		{"without the PIN", "ABCD-EFGH-IJKL-MNOP", AuthErr, "malformed", ""},
		{"wrong", "6666ABCD-EFGH-IJKL-MNOQ", AuthErr, "wrong", ""},
	} {
		out := Run(request("alice", options), &script{answers: []Text{text(c.typed)}},
			site.Open, at(noon))
		_, detail, _ := strings.Cut(out.Line, " detail=")
		if out.Code != c.code || !strings.Contains(out.Line, "reason="+c.reason+" ") ||
			detail != c.detail || strings.Contains(out.Line, "token=") {
			t.Errorf("%s: %+v; want %d, %s", c.name, out, c.code, c.detail)
		}
	}
}

// What an earlier module asked for is a code if it has the form of one on paper.
func TestPaperFirstPass(t *testing.T) {
	options := append(place(t, onPaperTable), "try_first_pass")
	host := &script{token: text("6666abcdefghijklmnop")}
	if out := Run(request("alice", options), host, site.Open, at(noon)); out.Code != Success ||
		len(host.prompts) != 0 {
		t.Errorf("%+v after %d prompts", out, len(host.prompts))
	}
}

// Beside a password it is split off, and the password is left, as with a token's code.
func TestPaperForwardPass(t *testing.T) {
	for option, typed := range map[string]string{
		"forward_pass":            "hunter2 6666ABCD-EFGH-IJKL-MNOP",
		"forward_pass=code-first": "6666 ABCD-EFGH-IJKL-MNOPhunter2 ",
	} {
		host := &script{answers: []Text{text(typed)}}
		out := Run(request("alice", append(place(t, onPaperTable), option)), host,
			site.Open, at(noon))
		if out.Code != Success || len(host.left) != 1 ||
			strings.TrimSpace(host.left[0]) != "hunter2" {
			t.Errorf("%s: %+v, left %q", option, out, host.left)
		}
	}
}

func TestExplainPaper(t *testing.T) {
	const damaged = "; the record was damaged; codes up to now were taken for used"
	for _, c := range []struct {
		res  motp.Result
		want string
	}{
		{motp.Result{Verdict: motp.Accepted, PaperLeft: 7}, "a paper code; 7 are left"},
		{motp.Result{Verdict: motp.Accepted}, "a paper code; none is left: " +
			`"motp codes" prints others`},
		{motp.Result{Verdict: motp.Accepted, PaperLeft: 2, Doubt: true},
			"a paper code; 2 are left" + damaged},
		{motp.Result{Verdict: motp.Old}, "a paper code of a set that is not good any " +
			`more: "motp codes" prints another`},
	} {
		c.res.Paper = true
		if got := explain(c.res); got != c.want {
			t.Errorf("%+v: %s; want %s", c.res, got, c.want)
		}
	}
}

// A password of letters has the form of a code on paper, and is none: who need type no code may
// type it alone, and what an earlier module asked for is no wrong code.
func TestPasswordsLikePaper(t *testing.T) {
	const password = "correct horse battery staple"
	options := append(place(t, onPaperTable), "grace=8h", "forward_pass")
	for _, c := range []struct {
		typed string
		code  Code
	}{
		{password + right, Success},
		{password, Ignore},
		{"hunter2 6666abcdefghijklmnop", Success},
	} {
		host := &script{answers: []Text{text(c.typed)}}
		out := Run(request("alice", options), host, site.Open, at(noon))
		if out.Code != c.code {
			t.Errorf("%q: %+v, left %q", c.typed, out, host.left)
		}
	}
	options = append(place(t, onPaperTable), "try_first_pass")
	host := &script{token: text("wonderlandaliceandbob"[:20]), answers: []Text{text(right)}}
	out := Run(request("alice", options), host, site.Open, at(noon))
	if out.Code != Success || len(host.logged) > 0 {
		t.Errorf("%+v, logged %q", out, host.logged)
	}
}
