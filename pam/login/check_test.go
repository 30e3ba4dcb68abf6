package login

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

func TestCheckOptions(t *testing.T) {
	t.Parallel()
	usual := Line{Conf: conf.DefaultPath, State: conf.DefaultState, Prompt: "OTP: ",
		Motpd: "auto", Window: -1}
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
		{"places, by either name", []string{"users=/a", "state=/b"}, with(func(l *Line) {
			l.Conf, l.State = "/a", "/b"
		}), ""},
		{"the last counts", []string{"conf=/a", "conf=/b"}, with(func(l *Line) {
			l.Conf = "/b"
		}), ""},
		{"prompt", []string{"prompt=Code: "}, with(func(l *Line) {
			l.Prompt = "Code: "
		}), ""},
		{"who judges", []string{"motpd=never"}, with(func(l *Line) {
			l.Motpd = "never"
		}), ""},
		{"who judges, mistyped", []string{"motpd=no"}, usual,
			"option motpd must be auto, always, or never"},
		{"the limit of failures", []string{"maxtries=5"}, with(func(l *Line) {
			l.MaxFailures = 5
		}), ""},
		{"the range of codes", []string{"maxdiff=60"},
			with(func(l *Line) { l.Window = 30 * time.Second }), ""},
		{"words", []string{"nullok", "use_first_pass", "debug"}, with(func(l *Line) {
			l.NullOK, l.UseFirstPass = true, true
		}), ""},
		{"every mistake, and each once", []string{"nulok", "conf=here", "nulok", "nullok"},
			with(func(l *Line) {
				l.NullOK = true
			}),
			"option nulok is unknown\noption conf must be a path that begins with /"},
		{"a value is not shown", []string{"pin=5917"}, usual,
			"option pin is unknown, or takes no value"},
		{"too long for the host to pass on", []string{"conf=/" + strings.Repeat("a", 1024)},
			with(func(l *Line) {
				l.Conf = "/" + strings.Repeat("a", 1024)
			}), "option is too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, all := CheckOptions(c.options)
			wrong := ""
			if err := errors.Join(all...); err != nil {
				wrong = err.Error()
			}
			if got != c.want || wrong != c.wrong {
				t.Errorf("CheckOptions(%q) = %+v, %q, want %+v, %q", c.options, got,
					wrong, c.want, c.wrong)
			}
		})
	}
}

// What a line says beats the table, and what it does not say is left alone.
func TestOver(t *testing.T) {
	t.Parallel()
	table := motp.Policy{Window: time.Minute, MaxFailures: 3,
		UnlockAfter: time.Hour, LookAhead: 5}
	for _, c := range []struct {
		options []string
		window  time.Duration
		all     bool
		most    int
	}{
		{nil, time.Minute, false, 3},
		{[]string{"maxtries=9"}, time.Minute, false, 9},
		{[]string{"maxdiff=0"}, 0, true, 3},
		{[]string{"maxdiff=360", "maxtries=1"}, 3 * time.Minute, true, 1},
	} {
		line, wrong := CheckOptions(c.options)
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		want := table
		want.Window, want.WindowForAll, want.MaxFailures = c.window, c.all, c.most
		if got := line.Over(table); got != want {
			t.Errorf("%q over the table: %+v, want %+v", c.options, got, want)
		}
	}
}
