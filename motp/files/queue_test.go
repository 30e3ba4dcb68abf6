//go:build linux

package files

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// soon is a patience that ends long before that of a login.
func soon() context.Context {
	return patience{Context: ctx, until: time.Now().Add(50 * time.Millisecond)}
}

// standing tells how many calls stand in the line for alice's record.
func standing(v fixture) int {
	lines.Lock()
	defer lines.Unlock()
	if l := lines.of[v.Dir+"/alice"]; l != nil {
		return l.calls
	}
	return 0
}

// inLine tells how many goroutines have got so far as to wait for a turn: a call counts as standing
// a moment before it does.
func inLine() (n int) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for one := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		head, _, _ := bytes.Cut(one, []byte("\n"))
		if bytes.Contains(head, []byte("[select")) &&
			bytes.Contains(one, []byte("lineUp")) {
			n++
		}
	}
	return n
}

// until waits for what other goroutines do.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// nobodyWaits looks that nothing is left of those who waited.
func nobodyWaits(t *testing.T) {
	t.Helper()
	until(t, "no line and no waiter", func() bool {
		lines.Lock()
		defer lines.Unlock()
		return len(lines.of) == 0 && kernelWaiting.Load() == 0
	})
}

func threads(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}

// Thousands of calls for a record that another process holds cost no thread each, end within their
// patience or with their context, and leave nothing.
func TestThousandsWait(t *testing.T) {
	const calls = 6000
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	other := held(t, v)
	before, goroutines := threads(t), runtime.NumGoroutine()
	canceled, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	var busy, over atomic.Int32
	for i := range calls {
		group.Add(1)
		go func() {
			defer group.Done()
			ctx := ctx
			if i%2 == 1 {
				ctx = canceled
			}
			res, err := v.Verify(ctx, alice, code(0), noon)
			switch {
			case res == (motp.Result{}) && i%2 == 0 && errors.Is(err, motp.ErrBusy):
				busy.Add(1)
			case res == (motp.Result{}) && i%2 == 1 && err == context.Canceled:
				over.Add(1)
			default:
				t.Errorf("%+v, %v", res, err)
			}
		}()
	}
	until(t, "all wait", func() bool { return standing(v) == calls })
	if n := threads(t); n > before+20 {
		t.Errorf("%d threads for %d calls that wait, %d before", n, calls, before)
	}
	cancel()
	group.Wait()
	if busy.Load() != calls/2 || over.Load() != calls/2 {
		t.Errorf("%d were busy and %d canceled, of %d", busy.Load(), over.Load(), calls)
	}
	if n := kernelWaiting.Load(); n > 1 {
		t.Errorf("%d wait in the kernel", n)
	}
	other.end(t)
	nobodyWaits(t)
	until(t, "no goroutine is left", func() bool {
		return runtime.NumGoroutine() <= goroutines
	})
	if got := mustVerify(t, v, code(0), 0); got != motp.Accepted {
		t.Errorf("once it is free: %v, want ok", got)
	}
}

// Who comes first has the first turn.
func TestTurnsAreInOrder(t *testing.T) {
	const calls = 50
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	other := held(t, v)
	var group sync.WaitGroup
	var order []int // guarded by the turn
	for i := range calls {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := v.Update(ctx, "alice", func(c motp.Current) (motp.Next, error) {
				order = append(order, i)
				return motp.Next{Record: c.Record}, nil
			}); err != nil {
				t.Error(err)
			}
		}()
		until(t, "the next one waits", func() bool {
			// The first has the turn, and waits for the process that has the lock.
			return standing(v) == i+1 && inLine() == i
		})
	}
	other.end(t)
	group.Wait()
	if len(order) != calls || !slices.IsSorted(order) {
		t.Errorf("the order was %v", order)
	}
	nobodyWaits(t)
}

// What one call has the kernel wait for, the next one gets.
func TestWaiterIsHandedOn(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	other := held(t, v)
	for range 3 {
		if _, err := v.Verify(soon(), alice, code(0), noon); !errors.Is(err, motp.ErrBusy) {
			t.Fatalf("%v, want ErrBusy", err)
		}
		if n := kernelWaiting.Load(); n != 1 {
			t.Errorf("%d wait in the kernel, want 1", n)
		}
	}
	done := make(chan error)
	go func() {
		res, err := v.Verify(ctx, alice, code(0), noon)
		if err == nil && res.Verdict != motp.Accepted {
			err = errors.New(res.Verdict.String())
		}
		done <- err
	}()
	until(t, "it waits", func() bool { return standing(v) == 1 })
	other.end(t)
	if err := <-done; err != nil {
		t.Error(err)
	}
	nobodyWaits(t)
}

// A waiter that comes back when nobody wants the lock any more lets it go.
func TestWaiterThatNobodyWants(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	other := held(t, v)
	over, cancel := context.WithCancel(ctx)
	done := make(chan error)
	go func() {
		_, err := v.Verify(over, alice, code(0), noon)
		done <- err
	}()
	until(t, "it waits in the kernel", func() bool { return kernelWaiting.Load() == 1 })
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	other.end(t)
	nobodyWaits(t)
	held(t, v).end(t) // nor does this process hold it
}

// Who waits for a record that is replaced goes on with the new one, though the old one stays held.
func TestRecordReplacedWhileWaitedFor(t *testing.T) {
	for name, taken := range map[string]int32{
		"in the kernel":     0,
		"beside the kernel": kernelWaits,
	} {
		t.Run(name, func(t *testing.T) {
			kernelWaiting.Add(taken)
			v := newVerifier(t)
			mustVerify(t, v, "000000", 0)
			other := held(t, v)
			done := make(chan motp.Result)
			go func() {
				res, err := v.Verify(ctx, alice, code(0), noon)
				if err != nil {
					t.Error(err)
				}
				done <- res
			}()
			until(t, "it waits", func() bool { return standing(v) == 1 })
			b := wholeFile(t, v)
			if err := os.WriteFile(v.Dir+"/new", []byte(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(v.Dir+"/new", v.Dir+"/alice"); err != nil {
				t.Fatal(err)
			}
			if res := <-done; res.Verdict != motp.Accepted {
				t.Errorf("%+v, want accepted", res)
			}
			kernelWaiting.Add(-taken)
			other.end(t)
			nobodyWaits(t)
		})
	}
}

// Where too many wait in the kernel already, a record is still got when it is free.
func TestNoPlaceInTheKernel(t *testing.T) {
	kernelWaiting.Add(kernelWaits)
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	other := held(t, v)
	done := make(chan motp.Result)
	go func() {
		res, err := v.Verify(ctx, alice, code(0), noon)
		if err != nil {
			t.Error(err)
		}
		done <- res
	}()
	until(t, "it waits", func() bool { return standing(v) == 1 })
	if _, err := v.Verify(soon(), alice, code(0), noon); !errors.Is(err, motp.ErrBusy) {
		t.Errorf("%v, want ErrBusy", err)
	}
	other.end(t)
	if res := <-done; res.Verdict != motp.Accepted {
		t.Errorf("%+v, want accepted", res)
	}
	kernelWaiting.Add(-kernelWaits)
	nobodyWaits(t)
}

// The steps of one call share its patience, which a clock that is set does not change.
func TestPatienceIsOne(t *testing.T) {
	p := patient(ctx)
	if p.until == p.until.Round(0) {
		t.Error("the end is told by the wall clock")
	}
	if patient(p) != p {
		t.Error("a step has a patience of its own")
	}
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	other := held(t, v)
	defer other.end(t)
	for name, call := range map[string]func(ctx context.Context) error{
		"VerifyNext": func(ctx context.Context) error {
			_, err := v.VerifyNext(ctx, alice, &motp.Pending{}, code(0), noon)
			return err
		},
		"Unlock": func(ctx context.Context) error { return v.Unlock(ctx, alice, noon) },
		"ForgetClock": func(ctx context.Context) error {
			return v.ForgetClock(ctx, alice, "", noon)
		},
		"Forget": func(ctx context.Context) error { return v.Forget(ctx, "alice") },
	} {
		if err := call(soon()); !errors.Is(err, motp.ErrBusy) {
			t.Errorf("%s: %v, want ErrBusy", name, err)
		}
	}
}

// A lock that fails while it is waited for is the call's failure.
func TestLockFailsInTheKernel(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	f, err := openFile(v)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lineUp(patient(ctx), f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer nobodyWaits(t)
	defer l.leave()
	l.waiter = &waiter{f, make(chan error, 1)}
	l.waiter.locked <- unix.ENOLCK
	g, err := openFile(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.lock(patient(ctx), g); !errors.Is(err, unix.ENOLCK) || l.waiter != nil {
		t.Errorf("%v, want %v and no waiter", err, unix.ENOLCK)
	}
}

func openFile(v fixture) (recordFile, error) {
	dir, err := openFolder(v.Dir)
	if err != nil {
		return recordFile{}, err
	}
	defer dir.close()
	return dir.open("alice")
}

// TestCrowd: where a record is held, two wait for it and a third is told so at once; where calls
// go on, any number takes its turn.
func TestCrowd(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	store := Store{Dir: v.Dir, Crowd: 2}
	keep := func(c motp.Current) (motp.Next, error) { return motp.Next{Record: c.Record}, nil }

	defer func(d time.Duration) { stuckAfter = d }(stuckAfter)
	stuckAfter = time.Hour // however busy the machine is
	var all sync.WaitGroup
	for range 50 {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := store.Update(ctx, "alice", keep); err != nil {
				t.Errorf("one of many at once: %v", err)
			}
		}()
	}
	all.Wait()

	other := held(t, v)
	stuckAfter = 0
	var waited atomic.Int32
	// the one who asks the kernel, and two behind it
	for range 3 {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := store.Update(ctx, "alice", keep); err == nil {
				waited.Add(1)
			}
		}()
	}
	until(t, "three stand there", func() bool { return standing(v) == 3 })
	if err := store.Update(ctx, "alice", keep); !errors.Is(err, motp.ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	if standing(v) != 3 {
		t.Errorf("%d stand there after one too many came", standing(v))
	}
	other.end(t)
	all.Wait()
	if waited.Load() != 3 {
		t.Errorf("%d of those who waited had their turn", waited.Load())
	}
	nobodyWaits(t)
}
