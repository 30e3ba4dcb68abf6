package storepipe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/pam-motp/pam-motp/motp"
)

// A Client is the store at the other end of a pipe. It is used by any number of goroutines.
type Client struct {
	out sender

	mu     sync.Mutex
	last   uint64
	calls  map[uint64]chan message
	broken chan struct{} // closed when nothing comes any more
	why    error         // then
}

var _ motp.Store = (*Client)(nil)

// Open greets the server at the other end of a pipe. What keeps the server from serving is an
// error. Nothing is read from the pipe any more when the server ends.
func Open(r io.Reader, w io.Writer) (*Client, error) {
	m, err := receive(r)
	switch {
	case err != nil:
		return nil, err
	case m.Kind != hello || m.Form != form:
		return nil, errGarbled
	case m.Error != nil:
		return nil, m.Error.unpack()
	}
	c := &Client{out: sender{w: w}, calls: map[uint64]chan message{},
		broken: make(chan struct{})}
	go c.read(r)
	return c, nil
}

// waiting is how many messages of one call may come while its caller does something else: the
// record as it stands, and the end.
const waiting = 4

func (c *Client) read(r io.Reader) {
	for {
		m, err := receive(r)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			c.why = err
			close(c.broken)
			return
		}
		c.mu.Lock()
		to := c.calls[m.Call]
		c.mu.Unlock()
		if to != nil {
			to <- m
		}
	}
}

func (c *Client) begin() (id uint64, from chan message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	from = make(chan message, waiting)
	c.calls[c.last] = from
	return c.last, from
}

func (c *Client) leave(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, id)
}

// A call is one on its way.
type call struct {
	*Client
	id     uint64
	change motp.Change   // what a record becomes; nil where that is not asked
	part   func(message) // takes parts of the answer; nil where there are none
	failed error         // what the change returned last
}

// call asks, and returns the end of the answer. Who gives up is told what came of it all the same:
// the other end is told, and answers.
func (c *Client) call(ctx context.Context, m message, change motp.Change,
	parts func(message)) (message, error) {
	if err := ctx.Err(); err != nil {
		return message{}, err
	}
	id, from := c.begin()
	defer c.leave(id)
	k := &call{Client: c, id: id, change: change, part: parts}
	m.Call = id
	if err := c.out.send(m); errors.Is(err, errTooLarge) {
		return message{}, err
	} else if err != nil {
		return message{}, lost(err)
	}
	given := ctx.Done()
	for {
		select {
		case got := <-from:
			if done, err := k.take(got); done || err != nil {
				return got, err
			}
		case <-given:
			given = nil
			if err := c.out.send(message{Kind: cancel, Call: id}); err != nil {
				return message{}, lost(err)
			}
		case <-c.broken:
			return k.rest(from)
		}
	}
}

// rest takes what had come before the other end has ended.
func (k *call) rest(from chan message) (message, error) {
	for {
		select {
		case got := <-from:
			if done, err := k.take(got); done || err != nil {
				return got, err
			}
		default:
			return message{}, lost(k.why)
		}
	}
}

// take takes a message of the server's. done says that it is the last.
func (k *call) take(m message) (done bool, err error) {
	switch {
	case m.Kind == end && m.Error != nil && m.Error.Change && k.failed != nil:
		return true, k.failed
	case m.Kind == end:
		return true, m.Error.unpack()
	case m.Kind == part && k.part != nil:
		k.part(m)
		return false, nil
	case m.Kind == current && k.change != nil:
		return false, k.answer(m)
	}
	return false, errGarbled
}

// answer has the change made of the record as it stands.
func (k *call) answer(m message) error {
	made, err := k.change(motp.Current{Record: m.Record, Doubt: m.Doubt, Lost: m.Lost,
		Room: m.Room})
	reply := message{Kind: next, Call: k.id, Record: made.Record, Only: made.Only}
	if k.failed = err; err != nil {
		reply = message{Kind: failed, Call: k.id}
	}
	err = k.out.send(reply)
	if errors.Is(err, errTooLarge) {
		k.failed = motp.ErrFull
		err = k.out.send(message{Kind: failed, Call: k.id})
	}
	if err != nil {
		return lost(err)
	}
	return nil
}

// Update changes a user's record: see [motp.Store].
func (c *Client) Update(ctx context.Context, user string, change motp.Change) error {
	return c.named(ctx, update, user, change)
}

// Prepare makes a user's record if there is none: see [motp.Store].
func (c *Client) Prepare(ctx context.Context, user string, first motp.Change) error {
	return c.named(ctx, prepare, user, first)
}

// Forget removes a user's record: see [motp.Store].
func (c *Client) Forget(ctx context.Context, user string) error {
	return c.named(ctx, forget, user, nil)
}

func (c *Client) named(ctx context.Context, what kind, user string, change motp.Change) error {
	if err := motp.CheckName(user); err != nil {
		return err
	}
	_, err := c.call(ctx, message{Kind: what, User: []byte(user)}, change, nil)
	return err
}

// View returns a user's record: see [motp.Store].
func (c *Client) View(ctx context.Context, user string) (motp.Current, error) {
	m, err := c.call(ctx, message{Kind: view, User: []byte(user)}, nil, nil)
	if err != nil {
		return motp.Current{}, err
	}
	return motp.Current{Record: m.Record, Doubt: m.Doubt, Lost: m.Lost, Room: m.Room}, nil
}

// Rehearse does the work of an update for a name that is no user's: see [motp.Store].
func (c *Client) Rehearse(ctx context.Context, name string, change motp.Change) {
	_, _ = c.call(ctx, message{Kind: rehearse, User: []byte(name)}, change, nil)
}

// Names returns the users who have a record: see [motp.Store].
func (c *Client) Names(ctx context.Context) (all []string, err error) {
	_, err = c.call(ctx, message{Kind: names}, nil, func(m message) {
		for _, name := range m.Names {
			all = append(all, string(name))
		}
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Ask asks something beside the store, which the server has an [Answer] for. question and answer
// are what JSON can write and read.
func (c *Client) Ask(ctx context.Context, about string, question, answer any) error {
	value, err := json.Marshal(question)
	if err != nil {
		return err
	}
	m, err := c.call(ctx, message{Kind: ask, About: about, Value: value}, nil, nil)
	if err != nil {
		return err
	}
	if json.Unmarshal(m.Value, answer) != nil {
		return errGarbled
	}
	return nil
}
