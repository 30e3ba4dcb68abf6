package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	chromium = "/usr/bin/chromium"
	// patience is for a machine that does much besides; nothing here takes a tenth of it.
	patience = 2 * time.Minute
)

// A browser is a running Chromium, spoken to over a pipe: the DevTools protocol, of which so little
// is needed that a library for it would be the larger part. (chromedp for the Go that this project
// builds with does not understand Debian's Chromium.)
type browser struct {
	cmd  *exec.Cmd
	to   *os.File
	over chan struct{} // closed when the browser has ended

	mu      sync.Mutex
	last    int
	waiting map[int]chan message
	heard   map[string]func(method string, about json.RawMessage) // by session
}

// A message is a call, its result, or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// values are what a call says or brings.
type values = map[string]any

// launch starts a browser that keeps all in the folder.
func launch(folder string, options ...string) (*browser, error) {
	if _, err := os.Stat(chromium); err != nil {
		return nil, errors.New("chromium is missing: apt-get install chromium")
	}
	theirs, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, theirEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b := &browser{to: to, over: make(chan struct{}), waiting: map[int]chan message{},
		heard: map[string]func(string, json.RawMessage){}}
	b.cmd = exec.Command(chromium, append([]string{"--headless=new", "--no-sandbox",
		"--remote-debugging-pipe", "--user-data-dir=" + folder, "--lang=en-US",
		"--no-first-run", "--disable-gpu", "--disable-quic", "--disable-sync",
		"--disable-dev-shm-usage", "--disable-background-networking",
		"--disable-component-update", "--disable-default-apps", "--password-store=basic",
		"--disable-features=Translate,MediaRouter,OptimizationHints",
		"--host-resolver-rules=MAP plain.example 127.0.0.1",
		"--window-size=390,844"}, options...)...)
	b.cmd.ExtraFiles = []*os.File{theirs, theirEnd}
	b.cmd.Env = append(os.Environ(), "HOME="+folder, "LANG=C.UTF-8")
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = b.cmd.Start()
	theirs.Close()
	theirEnd.Close()
	if err != nil {
		return nil, err
	}
	go b.read(from)
	return b, b.call("", "Browser.getVersion", nil, nil)
}

// read hands out what the browser says until it ends.
func (b *browser) read(from io.ReadCloser) {
	defer close(b.over)
	defer from.Close()
	messages := bufio.NewReader(from)
	for {
		text, err := messages.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(bytes.TrimRight(text, "\x00"), &m) != nil {
			continue
		}
		b.mu.Lock()
		answer, hear := b.waiting[m.ID], b.heard[m.Session]
		delete(b.waiting, m.ID)
		b.mu.Unlock()
		switch {
		case answer != nil:
			answer <- m
		case m.Method != "" && hear != nil:
			hear(m.Method, m.Params)
		}
	}
}

var errLate = errors.New("no answer")

// call calls a method, of the browser or of a tab's session, and waits for its result.
func (b *browser) call(session, method string, params values, result any) error {
	said, err := json.Marshal(params)
	if err != nil {
		return err
	}
	if params == nil {
		said = nil
	}
	answer := make(chan message, 1)
	b.mu.Lock()
	b.last++
	m := message{ID: b.last, Session: session, Method: method, Params: said}
	b.waiting[m.ID] = answer
	text, err := json.Marshal(m)
	if err == nil {
		_, err = b.to.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case m = <-answer:
	case <-b.over:
		return fmt.Errorf("%s: the browser has ended", method)
	case <-time.After(patience):
		return fmt.Errorf("%s: %w", method, errLate)
	}
	switch {
	case m.Error != nil:
		return fmt.Errorf("%s: %s", method, m.Error.Message)
	case result == nil:
		return nil
	}
	return json.Unmarshal(m.Result, result)
}

// stop ends the browser as a person does who closes it.
func (b *browser) stop() {
	_ = b.call("", "Browser.close", nil, nil)
	b.to.Close()
	select {
	case <-b.over:
	case <-time.After(patience):
	}
	_ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL)
	_ = b.cmd.Wait()
}

// own starts a browser for one test.
func own(t *testing.T, folder string, options ...string) *browser {
	t.Helper()
	b, err := launch(folder, options...)
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	t.Cleanup(func() { once.Do(b.stop) })
	return b
}
