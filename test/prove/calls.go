package main

import (
	"errors"
	"fmt"
)

// A place is a system call in the course of a login: the nth of its name. Counted so, and not one
// after the other whatever their names, a call is found again in the next login although Go's
// threads make theirs in another order.
type place struct {
	name string
	n    int
}

// calls lists the system calls of a login that nothing is done to.
func calls(sc scene, target string) ([]place, error) {
	t, err := newTrial(sc, target)
	if err != nil {
		return nil, err
	}
	w, err := t.watch(target, "list")
	if err != nil {
		return nil, err
	}
	result, err := t.act()
	names, watchErr := w.end()
	if err := errors.Join(err, watchErr); err != nil {
		return nil, err
	}
	if (result == success) != sc.right {
		return nil, fmt.Errorf("%s: without a fault the answer is %q", sc.name,
			codeName(result))
	}
	var places []place
	seen := map[string]int{}
	for _, name := range names {
		seen[name]++
		places = append(places, place{name, seen[name]})
	}
	return places, t.clean()
}

// count is how many calls there are of each name.
func count(places []place) map[string]int {
	n := map[string]int{}
	for _, p := range places {
		n[p.name] = max(n[p.name], p.n)
	}
	return n
}
