// Package web tests the token that is a web page (web/) in a real browser: Debian's Chromium,
// headless. The server's engine, package motp, is the oracle.
package web

import (
	"os"
	"sync"
	"testing"
)

const dist = "../../web/dist"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shared is the browser of all tests that need none of their own.
var shared = sync.OnceValues(func() (*browser, error) {
	folder, err := os.MkdirTemp("", "motp-web")
	if err != nil {
		return nil, err
	}
	b, err := launch(folder)
	atEnd = func() {
		if b != nil {
			b.stop()
		}
		os.RemoveAll(folder)
	}
	return b, err
})

var atEnd = func() {}

func TestMain(m *testing.M) {
	status := m.Run()
	atEnd()
	os.Exit(status)
}
