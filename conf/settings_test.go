package conf

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

const zoe = "[zoe]\nsecret = 0123456789abcdef\npin = 1234\n"

func TestSettings(t *testing.T) {
	postgres := []Caller{{"postgres", []string{"postgresql"}}}
	for _, c := range []struct {
		text    string
		callers []Caller
		self    SelfService
	}{
		{zoe, nil, SelfServiceStatus},
		{"", nil, SelfServiceStatus},
		{"zoe 0123456789abcdef 1234 0\n", nil, SelfServiceStatus},
		{"callers = postgres: postgresql\n" + zoe, postgres, SelfServiceStatus},
		{"callers=postgres:postgresql\nself_service=no\n", postgres, SelfServiceNo},
		{"self_service = yes\n" + zoe, nil, SelfServiceYes},
		{"self_service = status\n" + zoe, nil, SelfServiceStatus},
		{"callers = postgres\t:  postgresql ,www-data :apache2\thttpd php8.4\n",
			[]Caller{postgres[0], {"www-data", []string{"apache2", "httpd", "php8.4"}}},
			SelfServiceStatus},
		{`callers = EXAMPLE\svc: a, svc@example.com: a, 9p: a, ROOT: a` + "\n",
			[]Caller{{`EXAMPLE\svc`, []string{"a"}}, {"svc@example.com", []string{"a"}},
				{"9p", []string{"a"}}, {"ROOT", []string{"a"}}}, SelfServiceStatus},
	} {
		want := DefaultSettings()
		want.Callers, want.SelfService = c.callers, c.self
		got, err := write(t, c.text).Settings()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", c.text, got, err, want)
		}
	}
}

// The settings that say how codes are judged are the same wherever they are asked for.
func TestSettingsHaveThePolicy(t *testing.T) {
	table := write(t, "window = 1m\nself_service = no\nmax_failures = 5\n"+zoe)
	settings, err := table.Settings()
	if err != nil {
		t.Fatal(err)
	}
	same, u, err := table.Lookup("zoe")
	policy := same.Policy
	if err != nil || !reflect.DeepEqual(same, settings) || policy.Window != time.Minute ||
		policy.MaxFailures != 5 || len(u.Tokens) != 1 {
		t.Errorf("%+v, %+v, %v; want %+v", same, u, err, settings)
	}
}

// Who may ask is said for each account and service, and for no other.
func TestMayAsk(t *testing.T) {
	s, err := write(t, "callers = postgres: postgresql, www-data: apache2 httpd\n").Settings()
	if err != nil {
		t.Fatal(err)
	}
	granted := map[[2]string]bool{{"postgres", "postgresql"}: true,
		{"www-data", "apache2"}: true, {"www-data", "httpd"}: true}
	for _, account := range []string{"postgres", "www-data", "root", "", "Postgres", "zoe"} {
		for _, service := range []string{"postgresql", "apache2", "httpd", "sshd", "",
			"PostgreSQL", "apache2 httpd"} {
			if got := s.MayAsk(account, service); got != granted[[2]string{account,
				service}] {
				t.Errorf("%q may ask for %q: %v", account, service, got)
			}
		}
	}
	if DefaultSettings().MayAsk("postgres", "postgresql") || (Settings{}).MayAsk("", "") {
		t.Error("a table that names nobody lets somebody ask")
	}
}

// A mistake in who may ask keeps everyone out, and grants nothing.
func TestSettingsWithMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"callers =":                              "callers: must be an account, a colon",
		"callers = postgres":                     "callers: must be an account, a colon",
		"callers = postgres:":                    "callers: must be an account, a colon",
		"callers = postgres: , www-data: httpd":  "callers: must be an account, a colon",
		"callers = postgres: postgresql,":        "callers: must be an account, a colon",
		"callers = ,postgres: postgresql":        "callers: must be an account, a colon",
		"callers = root: sshd":                   "callers: must not name root",
		"callers = postgres: a, root : sshd":     "callers: must not name root",
		"callers = : sshd":                       "callers: must name accounts",
		"callers = 0: sshd":                      "callers: must name accounts",
		"callers = 33: apache2":                  "callers: must name accounts",
		"callers = www data: apache2":            "callers: must name accounts",
		"callers = www\adata: apache2":           "callers: must name accounts",
		"callers = a: b, a: c":                   "callers: names an account twice",
		"callers = a: b b":                       "callers: names a service twice",
		"callers = a: b\u00a0c":                  "callers: must name PAM services",
		"callers = a: PostgreSQL":                "callers: must name PAM services",
		"callers = a: ../sshd":                   "callers: must name PAM services",
		"callers = a: b c: d":                    "callers: must name PAM services",
		"callers = a: *":                         "callers: must name PAM services",
		"callers = `a: b`":                       "callers: must not begin with",
		"callers = a: b\ncallers = c: d":         "callers: is set twice",
		"self_service = maybe":                   "self_service: must be yes, no",
		"self_service =":                         "self_service: must be yes, no",
		"self_service = Yes":                     "self_service: must be yes, no",
		"self_service = no\nself_service = no":   "self_service: is set twice",
		"names = both":                           "names: must be typed or account",
		"names =":                                "names: must be typed or account",
		"names = Account":                        "names: must be typed or account",
		"names = typed\nnames = account":         "names: is set twice",
		"window = 3m\ncallers = a: b\nwindw = 1": "windw: unknown setting",
	} {
		table := write(t, text+"\n"+zoe)
		settings, err := table.Settings()
		_, _, same := table.Lookup("zoe")
		var e *Error
		if !errors.As(err, &e) || e.Kind != BadSettings || e.Line == 0 ||
			!strings.Contains(err.Error(), want) || !reflect.DeepEqual(err, same) {
			t.Errorf("%q: %v, and a login says %v; want %q", text, err, same, want)
		}
		if !reflect.DeepEqual(settings, DefaultSettings()) {
			t.Errorf("%q: %+v in spite of the mistake", text, settings)
		}
	}
}

// A table that must not be trusted sets nothing; one that is missing is empty if a folder of users'
// own files stands in its place.
func TestSettingsOfNoTable(t *testing.T) {
	table := write(t, "self_service = yes\n")
	if err := os.Chmod(table.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	settings, err := table.Settings()
	if !errors.Is(err, ErrExposed) || !reflect.DeepEqual(settings, DefaultSettings()) {
		t.Errorf("%+v, %v, want an exposed table", settings, err)
	}
	if err := os.Remove(table.Path); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"none", "safe", "exposed"} {
		switch folder {
		case "safe":
			own(t, table, "zoe.conf", zoe)
		case "exposed":
			if err := os.Chmod(table.Dir(), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		settings, err := table.Settings()
		_, _, same := table.Lookup("zoe")
		if !reflect.DeepEqual(settings, Settings{Policy: motp.DefaultPolicy,
			SelfService: SelfServiceStatus}) || !reflect.DeepEqual(err, same) ||
			(err == nil) != (folder == "safe") {
			t.Errorf("folder %s: %+v, %v, and a login says %v", folder, settings, err,
				same)
		}
	}
}

// Whom a login looks for is said by the settings that it has read with the user.
func TestNamesSetting(t *testing.T) {
	for text, want := range map[string]Names{
		zoe: NamesTyped, "names = typed\n" + zoe: NamesTyped,
		"names = account\n" + zoe: NamesAccount, "names=account": NamesAccount,
		"zoe 0123456789abcdef 1234 0\n": NamesTyped, "": NamesTyped,
	} {
		table := write(t, text)
		settings, err := table.Settings()
		if err != nil || settings.Names != want {
			t.Errorf("%q: %v, %v; want %v", text, settings.Names, err, want)
		}
		for _, name := range []string{"zoe", "mallory"} {
			got, _, err := table.Lookup(name)
			if got.Names != want || err != nil && !errors.Is(err, ErrNoUser) {
				t.Errorf("%q, with %s: %v, %v; want %v", text, name, got.Names,
					err, want)
			}
		}
	}
	for word, n := range map[string]Names{"typed": NamesTyped, "account": NamesAccount} {
		if n.String() != word {
			t.Errorf("%d is %q, want %q", n, n, word)
		}
	}
	if s := Names(-1).String() + Names(2).String(); s != "typedtyped" {
		t.Errorf("values that are none: %q", s)
	}
}

func TestSelfServiceWords(t *testing.T) {
	for word, s := range map[string]SelfService{"no": SelfServiceNo, "yes": SelfServiceYes,
		"status": SelfServiceStatus} {
		if s.String() != word {
			t.Errorf("%d is %q, want %q", s, s, word)
		}
	}
	if s := SelfService(-1).String() + SelfService(3).String(); s != "nono" {
		t.Errorf("values that are none: %q", s)
	}
}
