package cli

import "testing"

// What people type for a verb that is called otherwise here, and slips of the finger.
func TestSuggestions(t *testing.T) {
	root := newApp().root()
	for typed, want := range map[string]string{
		"ls":         "list",
		"LS":         "list",
		"rm":         "remove",
		"del":        "remove",
		"delete":     "remove",
		"unlok":      "unlock",
		"unlcok":     "unlock",
		"UNLOCK":     "unlock",
		"stat":       "status",
		"lits":       "list",
		"ad":         "add",
		"enroll":     "add",
		"useradd":    "add",
		"passwd":     "pin",
		"ver":        "verify version",
		"docter":     "doctor",
		"--":         "",
		"":           "",
		"x":          "",
		"frobnicate": "",
	} {
		got := ""
		for _, s := range suggestions(root, typed) {
			if got != "" {
				got += " "
			}
			got += s
		}
		if got != want {
			t.Errorf("%q suggests %q, want %q", typed, got, want)
		}
	}
}

// Another name leads to a verb that there is, and is no verb itself.
func TestOtherNames(t *testing.T) {
	root := newApp().root()
	verbs := map[string]bool{}
	for _, verb := range root.Commands() {
		verbs[verb.Name()] = true
	}
	for other, name := range otherNames {
		if verbs[other] {
			t.Errorf("%s is a verb itself", other)
		}
		if !verbs[name] {
			t.Errorf("%s leads to %s, which is no verb", other, name)
		}
	}
}
