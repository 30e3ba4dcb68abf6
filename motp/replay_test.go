package motp

import (
	"math"
	"math/rand"
	"testing"
)

// The window must say what a plain set of used steps says, for any order of use.
func TestReplayAgainstPlainSet(t *testing.T) {
	for seed := range int64(200) {
		rnd := rand.New(rand.NewSource(seed))
		var r replay
		used := make(map[int64]bool)
		low, high, base := int64(0), int64(0), rnd.Int63n(1<<40)-1<<20
		for i := range 300 {
			step := base + rnd.Int63n(600)
			if rnd.Intn(20) == 0 {
				base += rnd.Int63n(2000) - 500
			}
			got, want := r.look(step), stepFresh
			switch {
			case i > 0 && len(used) > 0 && step <= high-replayReach && step >= low:
				want = stepOld
			case used[step]:
				want = stepUsed
			}
			if got != want {
				t.Fatalf("seed %d: step %d with highest %d: %v, want %v", seed, step, high, got, want)
			}
			if got == stepFresh {
				r.use(step)
				if len(used) == 0 || step > high {
					high = step
				}
				if len(used) == 0 || step < low {
					low = step
				}
				used[step] = true
			}
		}
	}
}

// One code may belong to two steps that lie further apart than the bitmap reaches, in a window of an hour and another where the clock was seen last.
func TestUseOfWhatIsOld(t *testing.T) {
	var r record
	m := r.memories(alice)[0]
	r.accept(alice.Tokens[0], m, []int64{10000, 10000 - replayReach}, math.MaxInt64, noon)
	for step, want := range map[int64]usable{
		10000: stepUsed, 10000 - replayReach: stepUsed, 9999: stepFresh, 9999 - replayReach: stepFresh,
	} {
		if got := r.look(alice.Tokens[0], m, step); got != want {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
}

func TestFreshFrom(t *testing.T) {
	token := alice.Tokens[0]
	for _, c := range []struct {
		name     string
		do       func(r *record, m *memory)
		at, want int64
	}{
		{"nothing used", func(*record, *memory) {}, 1000, 1000},
		{"below all that were used", func(r *record, m *memory) { r.use(m, 1000) }, 400, 400},
		{"between two, out of memory", func(r *record, m *memory) { r.use(m, 500); r.use(m, 1000) },
			600, 1000 - replayReach + 1},
		{"the lowest that is remembered is used", func(r *record, m *memory) {
			r.use(m, 500)
			r.use(m, 1000-replayReach+1)
			r.use(m, 1000)
		}, 600, 1000 - replayReach + 2},
		{"a line of its own, far below", func(r *record, m *memory) { r.use(m, 1000); r.use(m, 500) },
			500, 501},
		{"all burnt", func(_ *record, m *memory) { m.burn(1000) }, 5, 1001},
		{"burnt, then one used further on", func(r *record, m *memory) {
			m.burn(1000)
			r.use(m, 1005)
		}, 900, 1001},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r record
			m := r.memories(alice)[0]
			c.do(&r, m)
			if got := r.freshFrom(token, m, c.at); got != c.want {
				t.Errorf("from %d on the lowest is %d, want %d", c.at, got, c.want)
			}
		})
	}
}

// Whatever is used in whatever order, no used number is fresh, and those far below the first that
// was used stay good while there are lines for them.
func TestLinesOfOneSecret(t *testing.T) {
	token := alice.Tokens[0]
	for seed := range int64(200) {
		rnd := rand.New(rand.NewSource(seed))
		var r record
		m := r.memories(alice)[0]
		used := make(map[int64]bool)
		base := int64(1 << 30)
		for range 200 {
			if rnd.Intn(10) == 0 {
				base += rnd.Int63n(4000) - 2500
			}
			number := base + rnd.Int63n(300)
			switch found := r.look(token, m, number); {
			case used[number] && found == stepFresh:
				t.Fatalf("seed %d: number %d is fresh again", seed, number)
			case !used[number] && found == stepUsed:
				t.Fatalf("seed %d: number %d counts as used", seed, number)
			case found == stepFresh:
				r.use(m, number)
				used[number] = true
			}
		}
		if len(r.lines) > maxLines {
			t.Errorf("seed %d: %d lines", seed, len(r.lines))
		}
		back, ok := readRecord(r.bytes())
		if !ok || len(back.lines) != len(r.lines) {
			t.Fatalf("seed %d: not read back", seed)
		}
		for number := range used {
			if back.look(token, back.memory(token), number) == stepFresh {
				t.Fatalf("seed %d: number %d is fresh in the record", seed, number)
			}
		}
	}
}

func TestBurn(t *testing.T) {
	var r replay
	r.burn(1000)
	for _, step := range []int64{0, 500, 745, 1000} {
		if r.look(step) == stepFresh {
			t.Errorf("step %d is fresh after 1000 was burnt", step)
		}
	}
	if r.look(1001) != stepFresh {
		t.Error("step 1001 is not fresh")
	}
	r.use(2000)
	r.burn(1500)
	if r.look(2000) != stepUsed || r.look(2001) != stepFresh {
		t.Error("burning an earlier step moved the highest")
	}
}
