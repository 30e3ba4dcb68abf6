package storepipe

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
	"github.com/pam-motp/pam-motp/motp/storetest"
)

var background = context.Background()

// A line is a client and the server of a store, with pipes between them.
type line struct {
	*Client
	toServer io.WriteCloser
	ended    chan error
}

func connect(t *testing.T, store motp.Store, answers map[string]Answer) *line {
	t.Helper()
	in, toServer := io.Pipe()
	out, toClient := io.Pipe()
	l := &line{toServer: toServer, ended: make(chan error, 1)}
	go func() {
		l.ended <- Serve(background, in, toClient, store, answers)
		_ = toClient.Close()
	}()
	var err error
	if l.Client, err = Open(out, toServer); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = toServer.Close()
		<-l.broken
	})
	return l
}

// A store at the other end of a pipe keeps to what package motp asks of any: of one that is asked
// through one pipe or two, and of one that makes each change twice.
func TestStore(t *testing.T) {
	for name, over := range map[string]func(motp.Store) motp.Store{
		"Once": func(s motp.Store) motp.Store { return s }, "Twice": storetest.Twice,
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Subject {
				store := over(new(memory.Store))
				return storetest.Subject{
					Store: connect(t, store, nil),
					Again: func(t *testing.T) motp.Store {
						return connect(t, store, nil)
					},
				}
			})
		})
	}
}

// A failing store fails as it is told.
type failing struct {
	motp.Store
	err error
}

func (s failing) View(context.Context, string) (motp.Current, error) {
	return motp.Current{}, s.err
}

type reasoned struct{ error }

func (reasoned) Reason() string { return "store-away" }

func (r reasoned) Unwrap() error { return r.error }

// An error is at this end what it was at the other.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		is     []error
		reason string
	}{
		"busy": {motp.ErrBusy, []error{motp.ErrBusy}, ""},
		"wrapped": {fmt.Errorf("at: %w", motp.ErrCorrupt),
			[]error{motp.ErrCorrupt}, ""},
		"full":     {motp.ErrFull, []error{motp.ErrFull}, ""},
		"canceled": {context.Canceled, []error{context.Canceled}, ""},
		"no file": {&os.PathError{Op: "open", Path: "x", Err: os.ErrNotExist},
			[]error{os.ErrNotExist}, ""},
		"two": {errors.Join(motp.ErrBusy, motp.ErrUser),
			[]error{motp.ErrBusy, motp.ErrUser}, ""},
		"a word":  {reasoned{errors.New("no node answers")}, nil, "store-away"},
		"any":     {errors.New("any"), nil, ""},
		"a quote": {errors.New("a \"quote\" and \xff"), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := connect(t, failing{new(memory.Store), c.err}, nil)
			_, err := l.View(background, "alice")
			if err == nil ||
				err.Error() != strings.ToValidUTF8(c.err.Error(), "\ufffd") {
				t.Errorf("%q, want %q", err, c.err)
			}
			for _, sentinel := range known {
				if got, want := errors.Is(err, sentinel), slices.Contains(c.is,
					sentinel); got != want {
					t.Errorf("is %v: %v", sentinel, got)
				}
			}
			var word interface{ Reason() string }
			if got := errors.As(err, &word); got != (c.reason != "") ||
				got && word.Reason() != c.reason {
				t.Errorf("its word: %v, want %q", word, c.reason)
			}
		})
	}
}

// A client that ends in the middle of a change has changed nothing.
func TestClientEnds(t *testing.T) {
	store := new(memory.Store)
	l := connect(t, store, nil)
	inside := make(chan struct{})
	goOn := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- l.Update(background, "alice", func(motp.Current) (motp.Next, error) {
			close(inside)
			<-goOn
			return motp.Next{Record: []byte("x")}, nil
		})
	}()
	<-inside
	_ = l.toServer.Close()
	if err := <-l.ended; err != nil {
		t.Error(err)
	}
	close(goOn)
	var lost *Error
	if err := <-done; !errors.As(err, &lost) || lost.Reason() != "unsure" {
		t.Errorf("%v", err)
	}
	if c, err := store.View(background, "alice"); err != nil || c.Record != nil {
		t.Errorf("%+v, %v", c, err)
	}
	if err := l.Update(background, "alice", nil); !errors.As(err, &lost) {
		t.Errorf("another call: %v", err)
	}
}

// The answer of a change that was given up is not taken for that of a later one.
func TestGivenUp(t *testing.T) {
	store := new(memory.Store)
	l := connect(t, store, nil)
	ctx, cancel := context.WithCancel(background)
	err := l.Update(ctx, "alice", func(motp.Current) (motp.Next, error) {
		cancel()
		return motp.Next{Record: []byte("mine")}, nil
	})
	c, viewErr := store.View(background, "alice")
	if viewErr != nil || (err == nil) != (string(c.Record) == "mine") {
		t.Errorf("%v, and %q is there, %v", err, c.Record, viewErr)
	}
}

// What is asked beside the store is answered by whoever knows it.
func TestAsk(t *testing.T) {
	l := connect(t, new(memory.Store), map[string]Answer{
		"sum": func(_ context.Context, question json.RawMessage) (any, error) {
			var n []int
			if err := json.Unmarshal(question, &n); err != nil {
				return nil, err
			}
			return n[0] + n[1], nil
		},
		"large": func(context.Context, json.RawMessage) (any, error) {
			return strings.Repeat("x", maxMessage), nil
		},
	})
	var sum int
	if err := l.Ask(background, "sum", []int{2, 3}, &sum); err != nil || sum != 5 {
		t.Errorf("%d, %v", sum, err)
	}
	var text string
	for _, about := range []string{"large", "nothing"} {
		if err := l.Ask(background, about, nil, &text); err == nil {
			t.Errorf("%s: no error", about)
		}
	}
	if err := l.Ask(background, "sum", []int{2, 3}, &sum); err != nil {
		t.Errorf("after that: %v", err)
	}
}

// What is no message ends the line, and is not repeated in the error: it might be anything.
func TestGarbled(t *testing.T) {
	frame := func(n uint32, body string) string {
		return string(binary.LittleEndian.AppendUint32(nil, n)) + body
	}
	long := frame(maxMessage+1, strings.Repeat(" ", 100))
	for name, c := range map[string]string{
		"text": "Segmentation fault of a secret", "too long": long,
		"half a head": "\x01\x00", "half a message": frame(10, `{"ki`),
		"no JSON": frame(6, "secret"), "nothing": "",
		"another version": frame(25, `{"kind":"hello","form":2}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(strings.NewReader(c), io.Discard)
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v", err)
			}
			var out bytes.Buffer
			err = Serve(background, strings.NewReader(c), &out, new(memory.Store), nil)
			if (err == nil) != (name == "nothing" || name == "another version") {
				t.Errorf("the server: %v", err)
			}
		})
	}
}

// A server that cannot serve says why.
func TestRefuse(t *testing.T) {
	var out bytes.Buffer
	if err := Refuse(&out, reasoned{errors.New("no certificate")}); err != nil {
		t.Fatal(err)
	}
	_, err := Open(&out, io.Discard)
	var word interface{ Reason() string }
	if err == nil || err.Error() != "no certificate" || !errors.As(err, &word) {
		t.Errorf("%v", err)
	}
}

// A client that answers twice is no client.
func TestTwoAnswers(t *testing.T) {
	var in bytes.Buffer
	to := sender{w: &in}
	for _, m := range []message{{Kind: update, Call: 1, User: []byte("alice")},
		{Kind: next, Call: 1}, {Kind: next, Call: 1}} {
		if err := to.send(m); err != nil {
			t.Fatal(err)
		}
	}
	err := Serve(background, &in, io.Discard, new(deaf), nil)
	if !errors.Is(err, errGarbled) {
		t.Errorf("%v", err)
	}
}

// A deaf store waits until it is given up.
type deaf struct{ memory.Store }

func (*deaf) Update(ctx context.Context, _ string, _ motp.Change) error {
	<-ctx.Done()
	return ctx.Err()
}

// A telling store says all there is to say of a record, and takes what it becomes.
type telling struct {
	memory.Store
	says  motp.Current
	takes motp.Next
}

func (s *telling) Update(_ context.Context, _ string, change motp.Change) (err error) {
	s.takes, err = change(s.says)
	return err
}

func (s *telling) View(context.Context, string) (motp.Current, error) { return s.says, nil }

// All that a store says of a record comes over the pipe, and all that a change says.
func TestWhole(t *testing.T) {
	for _, says := range []motp.Current{
		{Room: 7}, {Record: []byte{}, Room: 1}, {Record: []byte{0, 255}, Doubt: true},
		{Lost: true},
	} {
		for _, becomes := range []motp.Next{{Record: []byte{1}}, {Only: true}} {
			store := &telling{says: says}
			l := connect(t, store, nil)
			err := l.Update(background, "alice",
				func(c motp.Current) (motp.Next, error) {
					if !reflect.DeepEqual(c, says) {
						t.Errorf("%+v, want %+v", c, says)
					}
					return becomes, nil
				})
			if err != nil || !reflect.DeepEqual(store.takes, becomes) {
				t.Errorf("%+v, %v; want %+v", store.takes, err, becomes)
			}
			c, err := l.View(background, "alice")
			if err != nil || !reflect.DeepEqual(c, says) {
				t.Errorf("%+v, %v; want %+v", c, err, says)
			}
		}
	}
}

// Names come however many there are.
func TestManyNames(t *testing.T) {
	store := new(memory.Store)
	l := connect(t, store, nil)
	const many = 2*inPart + 1
	for i := range many {
		err := store.Update(background, fmt.Sprint("user", i),
			func(motp.Current) (motp.Next, error) { return motp.Next{}, nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if all, err := l.Names(background); err != nil || len(all) != many {
		t.Errorf("%d names, %v; want %d", len(all), err, many)
	}
}
