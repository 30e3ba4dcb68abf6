package storepipe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/pam-motp/pam-motp/motp"
)

// An Answer answers what is asked beside the store.
type Answer func(ctx context.Context, question json.RawMessage) (any, error)

// A server serves one client.
type server struct {
	out     sender
	store   motp.Store
	answers map[string]Answer

	mu    sync.Mutex
	calls map[uint64]*served
}

// A served call is one that is being answered.
type served struct {
	*server
	message
	cancel context.CancelFunc
	reply  chan message // to what was asked last
}

// Refuse greets the client with what keeps the server from serving it.
func Refuse(w io.Writer, why error) error {
	out := sender{w: w}
	return out.send(message{Kind: hello, Form: form, Error: pack(why)})
}

// Serve serves a store until the client has ended, and returns an error if that came in the middle
// of something. Calls that are on their way are given up then: no change is made any more.
func Serve(ctx context.Context, r io.Reader, w io.Writer, store motp.Store,
	answers map[string]Answer) error {
	s := &server{out: sender{w: w}, store: store, answers: answers,
		calls: map[uint64]*served{}}
	if err := s.out.send(message{Kind: hello, Form: form}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	for {
		m, err := receive(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.take(ctx, &group, m)
		}
		if err != nil {
			return err
		}
	}
}

// take takes a message of the client's.
func (s *server) take(ctx context.Context, group *sync.WaitGroup, m message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.calls[m.Call]
	switch m.Kind {
	case cancel:
		if at != nil { // it may have ended meanwhile
			at.cancel()
		}
		return nil
	case next, failed:
		if at == nil {
			return nil
		}
		select {
		case at.reply <- m:
			return nil
		default:
			return errGarbled
		}
	}
	if at != nil {
		return errGarbled
	}
	ctx, giveUp := context.WithCancel(ctx)
	k := &served{s, m, giveUp, make(chan message, 1)}
	s.calls[m.Call] = k
	group.Add(1)
	go func() {
		defer group.Done()
		k.serve(ctx)
	}()
	return nil
}

// serve does what was asked, and sends the end.
func (k *served) serve(ctx context.Context) {
	defer k.cancel()
	answer, err := k.do(ctx)
	answer.Kind, answer.Call, answer.Error = end, k.Call, pack(err)
	k.mu.Lock()
	delete(k.calls, k.Call)
	k.mu.Unlock()
	if err := k.out.send(answer); errors.Is(err, errTooLarge) {
		_ = k.out.send(message{Kind: end, Call: k.Call, Error: pack(err)})
	}
}

func (k *served) do(ctx context.Context) (message, error) {
	user := string(k.User)
	switch k.Kind {
	case update:
		return message{}, k.store.Update(ctx, user, k.change(ctx))
	case prepare:
		return message{}, k.store.Prepare(ctx, user, k.change(ctx))
	case rehearse:
		k.store.Rehearse(ctx, user, k.change(ctx))
		return message{}, nil
	case forget:
		return message{}, k.store.Forget(ctx, user)
	case view:
		c, err := k.store.View(ctx, user)
		return currentOf(c), err
	case names:
		return message{}, k.names(ctx)
	case ask:
		return k.answer(ctx)
	}
	return message{}, errGarbled
}

func currentOf(c motp.Current) message {
	return message{Record: c.Record, Doubt: c.Doubt, Lost: c.Lost, Room: c.Room}
}

// change has the client say what a record becomes.
func (k *served) change(ctx context.Context) motp.Change {
	return func(c motp.Current) (motp.Next, error) {
		m := currentOf(c)
		m.Kind, m.Call = current, k.Call
		if err := k.out.send(m); err != nil {
			return motp.Next{}, err
		}
		select {
		case m := <-k.reply:
			if m.Kind == failed {
				return motp.Next{}, errChange
			}
			return motp.Next{Record: m.Record, Only: m.Only}, nil
		case <-ctx.Done():
			return motp.Next{}, ctx.Err()
		}
	}
}

// inPart is how many names go into one message: the longest have 255 bytes.
const inPart = 1000

func (k *served) names(ctx context.Context) error {
	all, err := k.store.Names(ctx)
	if err != nil {
		return err
	}
	for len(all) > 0 {
		m := message{Kind: part, Call: k.Call}
		for _, name := range all[:min(inPart, len(all))] {
			m.Names = append(m.Names, []byte(name))
		}
		if err := k.out.send(m); err != nil {
			return err
		}
		all = all[len(m.Names):]
	}
	return nil
}

// answer answers what is asked beside the store.
func (k *served) answer(ctx context.Context) (message, error) {
	answer := k.answers[k.About]
	if answer == nil {
		return message{}, fmt.Errorf("nothing is known of %q: is motp of another version",
			k.About)
	}
	value, err := answer(ctx, k.Value)
	if err != nil {
		return message{}, err
	}
	raw, err := json.Marshal(value)
	return message{Value: raw}, err
}
