package login

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pam-motp/pam-motp/internal/site"
)

// Who is in the table under any spelling of their account is never somebody else's business.
func TestNullokAndSpellings(t *testing.T) {
	const there = "[zoe]\nsecret = aa\npin = 1\n[%]\nsecret = 0123456789abcdef\npin = 6666\n"
	for _, c := range []struct {
		name, user, typed string
		account           Text
		lookup            uint32
		code              Code
		reason            string
	}{
		{"nobody's account", "alice", "mallory", none, 0, Ignore, "unknown-user"},
		{"another account", "alice", "bob@example.com", text("bob"), 0, Ignore,
			"unknown-user"},
		{"typed with a domain", "alice", "alice@example.com", none, 0,
			AuthinfoUnavail, "table"},
		{"typed with a domain in front", "alice", `EXAMPLE\alice`, text("alice"), 0,
			AuthinfoUnavail,
			"table"},
		{"typed in capitals", "alice", "ALICE", text("alice"), 0, AuthinfoUnavail, "table"},
		{"typed with a blank that the directory passes over", "alice", "alice ",
			text("alice"), 0,
			AuthinfoUnavail, "table"},
		{"typed without a domain", "alice@example.com", "alice", none, 0,
			AuthinfoUnavail, "table"},
		{"typed without a domain in front", `EXAMPLE\alice`, "alice",
			text(`EXAMPLE\alice`), 0,
			AuthinfoUnavail, "table"},
		{"typed with another domain", `EXAMPLE\alice`, "alice@example.com", none, 0,
			AuthinfoUnavail,
			"table"},
		{"an alias of the account", "alice", "a.smith", text("alice"), 0,
			AuthinfoUnavail, "table"},
		{"an alias of an account with a domain", "alice", "a.smith",
			text("alice@example.com"), 0,
			AuthinfoUnavail, "table"},
		{"what was typed, of an alias", "a.smith@example.com", "a.smith", text("alice"), 0,
			AuthinfoUnavail, "table"},
		{"the directory does not answer", "alice", "bob", none, uint32(unix.ECONNREFUSED),
			AuthinfoUnavail, "account"},
		{"the account's name is too long", "alice", "bob", Text{TooLong: true}, 0,
			AuthinfoUnavail, "account"},
		{"the host did not look", "alice", "bob", none, NotLookedUp,
			AuthinfoUnavail, "account"},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := append(place(t,
				strings.ReplaceAll(there, "%", c.user)), "nullok")
			// PAM_DISALLOW_NULL_AUTHTOK, PAM_SILENT
			for _, flags := range []uint32{0, 1, 0x8000, 0x8001} {
				req := request(c.typed, options)
				req.Flags, req.Account, req.Lookup = flags, c.account, c.lookup
				host := &script{answers: []Text{text("hunter2")}, token: none}
				out := Run(req, host, site.Open, at(noon))
				if out.Code != c.code ||
					!strings.Contains(out.Line, "reason="+c.reason+" user=? ") {
					t.Errorf("flags %#x: %+v", flags, out)
				}
				if left := c.code == Ignore; left != slices.Equal(host.left,
					[]string{"hunter2"}) ||
					!left && host.left != nil {
					t.Errorf("flags %#x: left %q for later modules",
						flags, host.left)
				}
			}
		})
	}
}

// What a stranger typed is there for the next module, which asks nobody again. A password that was
// asked for before is not lost over it.
func TestAnswerOfAStranger(t *testing.T) {
	for _, c := range []struct {
		name     string
		option   string
		earlier  Text
		answer   Text
		left     []string
		refusal  int
		err      error
		wantCode Code
	}{
		{"a password", "nullok", none, text("hunter2"), []string{"hunter2"},
			0, nil, Ignore},
		{"an empty one before", "nullok", text(""), text("hunter2"), []string{"hunter2"},
			0, nil, Ignore},
		{"nothing", "nullok", none, text(""), nil, 0, nil, Ignore},
		{"more than passes", "nullok", none, Text{TooLong: true}, nil, 0, nil, Ignore},
		{"a password, after another", "nullok", text("password"), text("hunter2"), nil,
			0, nil, Ignore},
		{"the same with set_pass", "set_pass", text("password"), text("hunter2"),
			[]string{"hunter2"},
			0, nil, Ignore},
		{"only the earlier one", "use_first_pass", text("password"), none, nil,
			0, nil, Ignore},
		{"the earlier one is no code", "try_first_pass", text("password"),
			text("hunter2"), nil, 0,
			nil, Ignore},
		{"it cannot be left", "nullok", none, text("hunter2"), []string{"hunter2"}, 5, nil,
			AuthinfoUnavail},
		{"the host is gone", "nullok", none, text("hunter2"),
			[]string{"hunter2"}, 0, errGone,
			AuthinfoUnavail},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := &keeper{stubborn: stubborn{refusal: c.refusal, err: c.err}}
			host.token, host.answers = c.earlier, []Text{c.answer}
			out := Run(request("mallory", append(place(t, table), "nullok", c.option)),
				host, site.Open, at(noon))
			if out.Code != c.wantCode || !slices.Equal(host.given, c.left) {
				t.Errorf("%+v, left %q, want %q", out, host.given, c.left)
			}
		})
	}
}

// A keeper notes what it is given, and takes it or not.
type keeper struct {
	stubborn
	given []string
}

func (k *keeper) SetToken(token string) (int, error) {
	k.given = append(k.given, token)
	return k.stubborn.SetToken(token)
}
