package module

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
)

// TestStrangersInACrowd: many attempts at once tell users from strangers no better than one, be
// they for one name or for many. It prints how long they took, one by one: see docs/security.md.
func TestStrangersInACrowd(t *testing.T) {
	const rounds, crowd = 15, 24
	var people []person
	for i := range crowd {
		people = append(people, person{name: fmt.Sprintf("user%02d", i),
			secret: fmt.Sprintf("%016x", 0xabcd0000+i), pin: "Pin-crowd"})
	}
	s := newSite(t, sections("max_failures = 1000\n", people...), people...)
	service := s.service(t)
	cases := []struct {
		what string
		user func(i int) string
		code pam.Error
	}{
		{"one user", func(int) string { return "user00" }, pam.ErrAuth},
		{"one stranger", func(int) string { return "mallory" }, pam.ErrUserUnknown},
		{"as many users", func(i int) string { return people[i].name }, pam.ErrAuth},
		{"as many strangers", func(i int) string { return fmt.Sprintf("stranger%02d", i) },
			pam.ErrUserUnknown},
	}
	took := make(map[string][]time.Duration)
	for round := range rounds {
		for _, k := range rand.Perm(len(cases)) { // each after each other
			c := cases[k]
			g := newGate(crowd)
			var each [crowd]time.Duration
			var sessions crew
			for i := range crowd {
				sessions.start(func() {
					var began time.Time
					release := func() { g.pass(); began = time.Now() }
					guess := people[i].wrong(round*crowd + i)
					code, prompts := s.authenticate(t,
						try{service: service, user: c.user(i),
							answer:  guess,
							release: release})
					each[i] = time.Since(began)
					if code != int(c.code) || len(prompts) != 1 {
						t.Errorf("%s: code %d after %q", c.what,
							code, prompts)
					}
				})
			}
			sessions.Wait()
			took[c.what] = append(took[c.what], each[:]...)
		}
	}
	for _, c := range cases {
		m := median(took[c.what]) // which sorts them
		last := took[c.what][len(took[c.what])*9/10]
		t.Logf("%d at once for %-18s median %7.3f ms, nine in ten within %7.3f ms",
			crowd, c.what,
			float64(m)/1e6, float64(last)/1e6)
	}
}
