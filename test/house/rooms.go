package main

import (
	"fmt"
	"regexp"
	"strings"
)

// room is a line of the block in docs/architecture.md that names a folder: its indentation, the
// name, and what is in it.
var room = regexp.MustCompile(`^    ( *)([\w/.-]+/?) {2,}\S`)

// deepest is how far the names of rooms within rooms are indented.
const deepest = 2

// named finds rooms that the list of rooms names twice, as a merge leaves them, and such as are no
// folder.
func named(t tree) ([]string, error) {
	_, text, found := strings.Cut(t.text[rulesFile], roomsHeading+"\n")
	if !found {
		return nil, nil
	}
	text, _, _ = strings.Cut(text, "\n## ")
	folders := make(map[string]bool)
	for name := range t.text {
		for i, r := range name {
			if r == '/' {
				folders[name[:i]] = true
			}
		}
	}
	var places []string
	seen := make(map[string]bool)
	for line := range strings.Lines(text) {
		m := room.FindStringSubmatch(line)
		if m == nil || len(m[1]) > deepest {
			continue
		}
		name := strings.TrimSuffix(m[2], "/")
		if m[1] != "" {
			name = "internal/" + name
		}
		switch {
		case seen[name]:
			places = append(places, fmt.Sprintf("%s: names the room %s twice",
				rulesFile, name))
		case !folders[name]:
			places = append(places, fmt.Sprintf("%s: names the room %s, which is none",
				rulesFile, name))
		}
		seen[name] = true
	}
	return places, nil
}
