package fleet

import (
	"context"
	"sync"

	"github.com/pam-motp/pam-motp/motp"
)

// turns are where the calls of one host wait for each other, name by name: between hosts it is the
// transaction that decides, and on one it would cost a round trip for each of a crowd.
type turns struct {
	mu sync.Mutex
	of map[string]*turn
}

type turn struct {
	free  chan struct{} // holds a token while nobody has it
	calls int
}

func newTurns() *turns { return &turns{of: map[string]*turn{}} }

// wait waits for the turn of a name. leave gives it on.
func (t *turns) wait(ctx context.Context, name string) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	at := t.of[name]
	if at == nil {
		at = &turn{free: make(chan struct{}, 1)}
		at.free <- struct{}{}
		t.of[name] = at
	}
	at.calls++
	t.mu.Unlock()
	select {
	case <-at.free:
		return func() { at.free <- struct{}{}; t.part(name, at) }, nil
	case <-ctx.Done():
		t.part(name, at)
		if context.Cause(ctx) == errWait {
			return nil, motp.ErrBusy
		}
		return nil, ctx.Err()
	}
}

func (t *turns) part(name string, at *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.calls--; at.calls == 0 {
		delete(t.of, name)
	}
}
