package pamstack

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// failures are what pam_motp answers if it does not let in. The last is libpam's, where the module
// cannot be loaded.
var failures = []Answer{AuthErr, "user_unknown", "authinfo_unavail", "service_err", "conv_err",
	"module_unknown"}

// maxStates bounds the work for a stack that branches beyond all reason. Those of distributions
// have some hundreds.
const maxStates = 200_000

// A Way is one way to be let in.
type Way struct {
	// Code is what the module answered: "" if it was never asked, [Success] if it accepted a
	// code, else its failure.
	Code Answer

	// Needs are the modules that have to agree besides, by name; a condition that has to fail
	// stands there with "not ".
	Needs []string

	// Conditions says that all of Needs are conditions, which nobody needs to prove.
	Conditions bool
}

// A walker goes through a stack in every way there is.
type walker struct {
	stack  Stack
	module string
	// ignores says that an option has the module let somebody pass without a code.
	ignores bool

	signs []sign
	sign  []int // by line: which of the signs stands for its agreement, -1 for none
	seen  map[walkState]bool
	ways  map[walkWay]bool
}

// A sign is a bit in what a way needs.
type sign struct {
	name      string
	options   string // of a condition, since it is another one with others
	condition bool
	opposite  int // of a condition: the sign of its refusal, or agreement
}

type walkState struct {
	position
	walkWay
}

type walkWay struct {
	code  Answer
	needs uint64
}

// Ways returns every way to be let in by a stack, as far as it concerns one module: those with the
// fewest needs. The error says that the stack is beyond this program.
func (s Stack) Ways(module string) ([]Way, error) {
	w := walker{stack: s, module: module, seen: map[walkState]bool{}, ways: map[walkWay]bool{}}
	for _, l := range s.Find(module) {
		w.ignores = w.ignores || slices.ContainsFunc(l.Options, letsPass)
	}
	if err := w.number(); err != nil {
		return nil, err
	}
	if err := w.walk(); err != nil {
		return nil, err
	}
	return w.fewest(), nil
}

// letsPass says whether an option of pam_motp's may have it answer "ignore".
func letsPass(option string) bool {
	name, _, _ := strings.Cut(option, "=")
	return name == "nullok" || name == "exempt" || name == "grace"
}

// number gives each proof, and each condition twice, a bit.
func (w *walker) number() error {
	w.sign = make([]int, len(w.stack.Lines))
	for i, l := range w.stack.Lines {
		w.sign[i] = -1
		if l.entry || l.broken || l.Name() == w.module {
			continue
		}
		switch kindOf(l) {
		case proof:
			w.sign[i] = w.find(sign{name: l.Name()})
		case condition:
			// the same question has the same answer
			w.sign[i] = w.find(sign{name: l.Name(),
				options: strings.Join(l.Options, " "), condition: true})
		}
	}
	if len(w.signs) > 64 {
		return errors.New("more than 64 checks in one stack")
	}
	return nil
}

// find returns the bit of a sign, and makes room for a new one and its opposite.
func (w *walker) find(s sign) int {
	at := slices.IndexFunc(w.signs, func(old sign) bool {
		return old.name == s.name && old.options == s.options
	})
	if at >= 0 {
		return at
	}
	at = len(w.signs)
	s.opposite = at + 1
	w.signs = append(w.signs, s)
	if s.condition {
		w.signs = append(w.signs, sign{"not " + s.name, s.options, true, at})
	}
	return at
}

func (w *walker) walk() error {
	todo := []walkState{{}}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.seen[s] {
			continue
		}
		if w.seen[s] = true; len(w.seen) > maxStates {
			return fmt.Errorf("more than %d states in one stack", maxStates)
		}
		if s.at >= len(w.stack.Lines) {
			if s.granted() {
				w.ways[s.walkWay] = true
			}
			continue
		}
		todo = append(todo, w.after(s)...)
	}
	return nil
}

// after returns what can come of the module at a state.
func (w *walker) after(s walkState) []walkState {
	l := w.stack.Lines[s.at]
	next := func(a Answer, way walkWay) walkState {
		return walkState{w.stack.answer(s.position, a), way}
	}
	if l.entry {
		return []walkState{next(Success, s.walkWay)}
	}
	if l.broken {
		return []walkState{next("perm_denied", s.walkWay)}
	}
	var all []walkState
	if l.Name() == w.module {
		with := func(a Answer) walkState {
			way := s.walkWay
			if way.code != Success { // once accepted is accepted
				way.code = a
			}
			return next(a, way)
		}
		all = append(all, with(Success))
		for _, f := range failures {
			all = append(all, with(f))
		}
		if w.ignores {
			all = append(all, with(Ignore))
		}
		return all
	}

	agreed, refused := s.walkWay, s.walkWay
	if at := w.sign[s.at]; at >= 0 {
		agreed.needs |= 1 << at
		if w.signs[at].condition {
			refused.needs |= 1 << w.signs[at].opposite
		}
	}
	k := kindOf(l)
	if k != never && k != silent {
		all = append(all, next(Success, agreed))
	}
	if k == silent || k == harmless {
		all = append(all, next(Ignore, s.walkWay))
	}
	if k != always {
		all = append(all, next(AuthErr, refused))
		for _, f := range l.actions.named() {
			all = append(all, next(f, refused))
		}
	}
	return all
}

// fewest returns the ways without those that need more than another of the same code does. A
// condition of which it does not matter whether it holds is no need.
func (w *walker) fewest() []Way {
	byCode := map[Answer][]uint64{}
	for way := range w.ways {
		byCode[way.code] = append(byCode[way.code], way.needs)
	}
	var found []Way
	for _, code := range slices.Concat([]Answer{"", Success, Ignore}, failures) {
		for _, needs := range minimal(w.resolve(byCode[code])) {
			found = append(found, w.way(code, needs))
		}
	}
	return found
}

// resolve adds, for two sets that differ in whether one condition holds, the set without that
// condition, as often as there are any.
func (w *walker) resolve(sets []uint64) []uint64 {
	sets = minimal(sets)
	for i := 0; i < len(sets) && len(sets) < 500; i++ {
		for j := range i {
			for at, s := range w.signs {
				if !s.condition || sets[i]&(1<<at) == 0 ||
					sets[j]&(1<<s.opposite) == 0 {
					continue
				}
				joined := sets[i]&^(1<<at) | sets[j]&^(1<<s.opposite)
				if !slices.ContainsFunc(sets, func(s uint64) bool {
					return s&^joined == 0
				}) {
					sets = append(sets, joined)
				}
			}
		}
	}
	return sets
}

// minimal drops each set that holds all of another.
func minimal(sets []uint64) []uint64 {
	slices.SortFunc(sets, func(a, b uint64) int {
		if n := bits.OnesCount64(a) - bits.OnesCount64(b); n != 0 {
			return n
		}
		if a < b {
			return -1
		}
		return 1
	})
	var kept []uint64
	for _, s := range sets {
		if !slices.ContainsFunc(kept, func(k uint64) bool { return k&^s == 0 }) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (w *walker) way(code Answer, needs uint64) Way {
	way := Way{Code: code, Conditions: needs != 0}
	for at, s := range w.signs {
		if needs&(1<<at) == 0 {
			continue
		}
		if !slices.Contains(way.Needs, s.name) {
			way.Needs = append(way.Needs, s.name)
		}
		way.Conditions = way.Conditions && s.condition
	}
	return way
}
