package login

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
)

func TestCheckOptions(t *testing.T) {
	t.Parallel()
	usual := Line{Conf: conf.DefaultPath, State: conf.DefaultState, Prompt: "OTP: "}
	with := func(change func(*Line)) Line {
		l := usual
		change(&l)
		return l
	}
	for _, c := range []struct {
		name    string
		options []string
		want    Line
		wrong   string
	}{
		{"none", nil, usual, ""},
		{"places, by either name", []string{"users=/a", "state=/b"}, with(func(l *Line) { l.Conf, l.State = "/a", "/b" }), ""},
		{"the last counts", []string{"conf=/a", "conf=/b"}, with(func(l *Line) { l.Conf = "/b" }), ""},
		{"prompt", []string{"prompt=Code: "}, with(func(l *Line) { l.Prompt = "Code: " }), ""},
		{"the limit of failures", []string{"maxtries=5"}, with(func(l *Line) { l.MaxFailures = 5 }), ""},
		{"words", []string{"nullok", "use_first_pass", "debug"}, with(func(l *Line) { l.NullOK, l.UseFirstPass = true, true }), ""},
		{"every mistake, and each once", []string{"nulok", "conf=here", "nulok", "nullok"}, with(func(l *Line) { l.NullOK = true }),
			"option nulok is unknown\noption conf must be a path that begins with /"},
		{"a value is not shown", []string{"pin=5917"}, usual, "option pin is unknown, or takes no value"},
		{"too long for the host to pass on", []string{"conf=/" + strings.Repeat("a", 1024)},
			with(func(l *Line) { l.Conf = "/" + strings.Repeat("a", 1024) }), "option is too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := CheckOptions(c.options)
			wrong := ""
			if err != nil {
				wrong = err.Error()
			}
			if got != c.want || wrong != c.wrong {
				t.Errorf("CheckOptions(%q) = %+v, %q, want %+v, %q", c.options, got, wrong, c.want, c.wrong)
			}
		})
	}
}
