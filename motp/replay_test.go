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
			case i > 0 && len(used) > 0 && step <= high-replayReach:
				want = stepOld
			case used[step]:
				want = stepUsed
			}
			if got != want {
				t.Fatalf("seed %d: step %d with highest %d: %v, want %v", seed,
					step, high, got, want)
			}
			if got == stepFresh {
				r.use(step)
				if len(used) == 0 || step > high {
					high = step
				}
				if len(used) == 0 || step < low {
					low = step
				}
				if r.low != low || r.covers(low-1) || !r.covers(low) ||
					r.covers(high+1) {
					t.Fatalf("seed %d: the numbers from %d to %d were used, "+
						"it says from %d", seed, low, high, r.low)
				}
				used[step] = true
			}
		}
	}
}

// One code may belong to two steps that lie further apart than the bitmap reaches, in a window of
// an hour and another where the clock was seen last.
func TestUseOfWhatIsOld(t *testing.T) {
	var r record
	m := r.memories(alice)[0]
	r.accept(alice.Tokens[0], m, []int64{10000, 10000 - replayReach}, math.MaxInt64, noon)
	for step, want := range map[int64]usable{
		10000: stepUsed, 10000 - replayReach: stepOld, 9999: stepFresh,
	} {
		if got := m.look(step); got != want {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
}

func TestLowestFresh(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(r *replay)
		want int64
	}{
		{"one used", func(r *replay) { r.use(1000) }, 1000 - replayReach + 1},
		{"the lowest used", func(r *replay) {
			r.use(1000 - replayReach + 1)
			r.use(1000)
		}, 1000 - replayReach + 2},
		{"all burnt", func(r *replay) { r.burn(1000) }, 1001},
		{"burnt, then one used further on", func(r *replay) {
			r.burn(1000)
			r.use(1005)
		}, 1001},
		{"burnt out of memory", func(r *replay) {
			r.burn(1000)
			r.use(2000)
		}, 2000 - replayReach + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r replay
			c.do(&r)
			if got := r.lowestFresh(); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
			if r.look(c.want) != stepFresh || r.look(c.want-1) == stepFresh {
				t.Error("another step is the lowest")
			}
		})
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
