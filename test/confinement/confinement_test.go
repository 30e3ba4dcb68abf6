// Package confinement holds the policies in packaging/ to what they are for: the SELinux module and
// the AppArmor profile let motpd do its work, and programs that log people in ask it. It runs the
// policies' own compilers, needs no kernel that enforces them, and must not know how motpd works.
package confinement

import "testing"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
