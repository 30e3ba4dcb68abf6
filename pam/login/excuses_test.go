package login

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

func TestExempt(t *testing.T) {
	for _, c := range []struct {
		name, networks, rhost, user string
		limited, absent             bool
		code                        Code // 0 if they are asked
		reason                      string
	}{
		{name: "in it", networks: "192.0.2.0/24", code: Ignore, reason: "exempt"},
		{name: "beside it", networks: "192.0.3.0/24"},
		{name: "an address", networks: "192.0.2.7", code: Ignore, reason: "exempt"},
		{name: "another address", networks: "192.0.2.8"},
		{name: "the second of two", networks: "10.0.0.0/8,192.0.2.0/24", code: Ignore,
			reason: "exempt"},
		{name: "IPv6", networks: "2001:db8::/32", rhost: "2001:db8::7", code: Ignore,
			reason: "exempt"},
		{name: "mapped", networks: "192.0.2.0/24", rhost: "::ffff:192.0.2.7",
			code: Ignore, reason: "exempt"},
		{name: "mapped, in the option", networks: "::ffff:192.0.2.0/120",
			code: Ignore, reason: "exempt"},
		{name: "mapped, and all of IPv6", networks: "::/0", rhost: "::ffff:192.0.2.7"},
		{name: "with a zone", networks: "fe80::/10", rhost: "fe80::1%eth0",
			code: Ignore, reason: "exempt"},
		{name: "the machine itself", networks: "127.0.0.0/8", rhost: "127.0.0.1",
			code: Ignore, reason: "exempt"},
		{name: "a name", networks: "0.0.0.0/0", rhost: "host.example.com"},
		{name: "a name of digits", networks: "0.0.0.0/0", rhost: "192.0.2"},
		{name: "an address and a blank", networks: "0.0.0.0/0", rhost: "192.0.2.7 "},
		{name: "octal", networks: "0.0.0.0/0", rhost: "0300.0.2.7"},
		{name: "no address", networks: "0.0.0.0/0,::/0", absent: true},
		{name: "a claim", networks: "0.0.0.0/0", limited: true},
		{name: "disabled", networks: "0.0.0.0/0", user: "off", code: AuthErr,
			reason: "disabled"},
		{name: "locked", networks: "0.0.0.0/0", user: "locked", code: AuthErr,
			reason: "locked"},
		{name: "nobody", networks: "0.0.0.0/0", user: "mallory", code: Ignore,
			reason: "exempt"},
		{name: "another spelling of somebody", networks: "0.0.0.0/0", user: "OFF",
			code: AuthinfoUnavail, reason: "table"},
		{name: "a bad entry", networks: "0.0.0.0/0", user: "bad",
			code: AuthinfoUnavail, reason: "bad-entry"},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := place(t, table+
				"[locked]\nsecret = 0123456789abcdef\npin = 6667\n")
			for i := range 3 {
				host := &script{
					answers: []Text{text("00000" + string(rune('0'+i)))},
				}
				Run(request("locked", options), host, site.Open, at(noon))
			}
			if c.user == "" {
				c.user = "alice"
			}
			req := request(c.user, append(options, "exempt="+c.networks))
			req.Limited = c.limited
			if c.rhost != "" {
				req.RHost = text(c.rhost)
			}
			if c.absent {
				req.RHost = Text{Absent: true}
			}
			host := &script{answers: []Text{text("000000")}}
			out := Run(req, host, site.Open, at(noon))
			asked := len(host.prompts) > 0
			if c.code == 0 {
				if !asked || out.Code != AuthErr {
					t.Errorf("asked %q: %+v", host.prompts, out)
				}
				return
			}
			if asked || out.Code != c.code ||
				!strings.Contains(out.Line, "reason="+c.reason+" ") {
				t.Errorf("asked %q: %+v", host.prompts, out)
			}
		})
	}
}

func TestExemptTakesNoMistake(t *testing.T) {
	for _, value := range []string{"", ",", "192.0.2.0/24,", "192.0.2.0/33", "192.0.2.7/24",
		"2001:db8::1/32", "host", "192.0.2.0/24 ", "fe80::1%eth0", "fe80::%eth0/10",
		"::ffff:192.0.2.0/24", "192.0.2", "192.0.2.0/255.255.255.0", "all"} {
		if _, err := parseOptions([]string{"exempt=" + value}); err == nil {
			t.Errorf("exempt=%s is taken", value)
		}
	}
	if _, err := parseOptions([]string{"exempt"}); err == nil {
		t.Error("exempt without networks is taken")
	}
}

// Where no table can be read, nobody is let pass, and nobody is asked.
func TestNoExcuseWithoutATable(t *testing.T) {
	for _, option := range []string{"exempt=0.0.0.0/0", "grace=8h", "nullok=quiet"} {
		host := &script{answers: []Text{text(right)}}
		out := Run(request("alice", []string{"conf=/nonexistent", option}), host, site.Open,
			at(noon))
		if out.Code != AuthinfoUnavail || len(host.prompts) > 0 {
			t.Errorf("%s: asked %q, %+v", option, host.prompts, out)
		}
	}
}

func TestNullokQuiet(t *testing.T) {
	for _, c := range []struct {
		user, option string
		asked        bool
		code         Code
	}{
		{"mallory", "nullok=quiet", false, Ignore},
		{"mallory", "nullok", true, Ignore},
		{"alice", "nullok=quiet", true, Success},
		{"ALICE", "nullok=quiet", false, AuthinfoUnavail},
		{"off", "nullok=quiet", true, AuthErr},
	} {
		host := &script{answers: []Text{text(right)}}
		out := Run(request(c.user, append(place(t, table), c.option)), host, site.Open,
			at(noon))
		if out.Code != c.code || (len(host.prompts) > 0) != c.asked {
			t.Errorf("%s, %s: asked %q, %+v", c.user, c.option, host.prompts, out)
		}
	}
	for _, option := range []string{"nullok=", "nullok=yes", "grace=", "grace", "grace=8",
		"grace=59s", "grace=721h", "grace=90m0.5s", "forward_pass=", "forward_pass=last",
		"echo=yes"} {
		if _, err := parseOptions([]string{option}); err == nil {
			t.Errorf("%s is taken", option)
		}
	}
}

// After a right code nobody is asked again for a time, from the same address and service.
func TestGrace(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*Request)
		options []string
		after   time.Duration
		want    bool
	}{
		{name: "again", after: time.Minute, want: true},
		{name: "mapped", after: time.Minute, want: true, change: func(r *Request) {
			r.RHost = text("::ffff:192.0.2.7")
		}},
		{name: "too late", after: 8 * time.Hour},
		{name: "another address", after: time.Minute, change: func(r *Request) {
			r.RHost = text("192.0.2.8")
		}},
		{name: "another service", after: time.Minute, change: func(r *Request) {
			r.Service = text("sudo")
		}},
		{name: "no address", after: time.Minute, change: func(r *Request) {
			r.RHost = Text{Absent: true}
		}},
		{name: "a name", after: time.Minute, change: func(r *Request) {
			r.RHost = text("host.example.com")
		}},
		{name: "a claim", after: time.Minute, change: func(r *Request) {
			r.Limited = true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := append(place(t, table), "grace=8h")
			first := Run(
				request("alice", options),
				&script{answers: []Text{text(right)}},
				site.Open,
				at(noon),
			)
			if first.Code != Success {
				t.Fatalf("%+v", first)
			}
			req := request("alice", options)
			if c.change != nil {
				c.change(&req)
			}
			host := &script{answers: []Text{text(right)}}
			out := Run(req, host, site.Open, at(noon.Add(c.after)))
			if graced := out.Code == Ignore; graced != c.want ||
				graced == (len(host.prompts) > 0) ||
				graced && !strings.Contains(out.Line,
					"result=ignored reason=grace user=alice ") {
				t.Errorf("asked %q: %+v", host.prompts, out)
			}
		})
	}
}

// Grace is never for whoever is at no address of their own: the same request twice is asked twice.
func TestNoGraceWithoutAnAddress(t *testing.T) {
	for _, rhost := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "",
		"0.0.0.0", "::", "fe80::1%eth0", "ff02::1", "host.example.com", "192.0.2.7:22"} {
		options := append(place(t, table), "grace=8h")
		for i := range 2 {
			req := request("alice", options)
			req.RHost = text(rhost)
			host := &script{answers: []Text{text(right)}}
			Run(req, host, site.Open, at(noon))
			if len(host.prompts) != 1 {
				t.Errorf("login %d from %q: asked %q", i+1, rhost, host.prompts)
			}
		}
	}
}

// With forward_pass people may type a password alone while they have grace, or go on as before.
func TestGraceInOneField(t *testing.T) {
	const late = 7 * time.Hour
	for _, c := range []struct {
		name, typed string
		after       time.Duration
		code        Code
		reason      string
		left        string
	}{
		{"a password alone", "hunter2", time.Minute, Ignore, "grace", "hunter2"},
		{"what was sent before", "hunter2" + right, time.Minute, Ignore, "grace",
			"hunter2"},
		{"what was sent before, an hour later", "hunter2" + right, time.Hour, Ignore,
			"grace", "hunter2"},
		{"what was sent before, in the end", "hunter2" + right, late, Ignore, "grace",
			"hunter2"},
		{"a wrong code", "hunter2000000", time.Minute, AuthErr, "wrong", "hunter2"},
		{"a password alone, too late", "hunter2", 8 * time.Hour, AuthErr, "malformed",
			"hunter2"},
		{"what was sent before, too late", "hunter2" + right, 8 * time.Hour, AuthErr,
			"wrong", "hunter2"},
		{"a fresh code", "hunter2" + codeAt(noon.Add(late)), late, Success, "ok",
			"hunter2"},
		{"a used code, and no password", right, time.Minute, AuthErr, "replay", ""},
		{"the same, marked", "SCRV1::NmVkNGU0", time.Minute, AuthErr, "replay", ""},
	} {
		options := append(place(t, table), "grace=8h", "forward_pass")
		Run(request("alice", options), &script{answers: []Text{text("hunter2" + right)}},
			site.Open, at(noon))
		host := &script{answers: []Text{text(c.typed)}}
		out := Run(request("alice", options), host, site.Open, at(noon.Add(c.after)))
		if out.Code != c.code || !strings.Contains(out.Line, "reason="+c.reason+" ") ||
			!slices.Equal(host.left, []string{c.left}) {
			t.Errorf("%s: %+v, left %q", c.name, out, host.left)
		}
	}
}

// Where an earlier module has asked for nothing, there is nothing to try: people are asked, in
// grace, too.
func TestGraceTriesNothing(t *testing.T) {
	options := append(place(t, table), "grace=8h", "forward_pass", "try_first_pass")
	for _, typed := range []string{"hunter2" + right, "hunter2"} {
		host := &script{answers: []Text{text(typed)}, token: Text{Absent: true}}
		out := Run(request("alice", options), host, site.Open, at(noon))
		if len(host.prompts) != 1 || !slices.Equal(host.left, []string{"hunter2"}) {
			t.Errorf("asked %q, left %q: %+v", host.prompts, host.left, out)
		}
	}
}

// viewed counts the records that are looked at.
type viewed struct {
	motp.Store
	times *int
}

func (v viewed) View(ctx context.Context, user string) (motp.Current, error) {
	*v.times++
	return v.Store.View(ctx, user)
}

// Until they are asked, and until they are answered, strangers make the work of users.
func TestGraceCostsTheSame(t *testing.T) {
	for _, option := range []string{"nodelay", "forward_pass"} {
		var times [2]int
		for i, user := range []string{"alice", "mallory"} {
			open := func(table, records string) *site.Site {
				s := site.Open(table, records)
				s.Files = viewed{s.Files, &times[i]}
				return s
			}
			host := &script{answers: []Text{text("hunter2000000")}}
			options := append(place(t, table), "grace=8h", option)
			Run(request(user, options), host, open, at(noon))
		}
		if times != [2]int{1, 1} {
			t.Errorf("%s: records were looked at %d times", option, times)
		}
	}
}
