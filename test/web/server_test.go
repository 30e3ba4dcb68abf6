package web

import (
	"crypto/sha512"
	"encoding/base64"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// A server serves a folder as docs/web-token.md says, keeps a log of what is asked for, and can be
// stopped and started at the same address.
type server struct {
	t       *testing.T
	folder  string
	address string
	fresh   bool // says that nothing may be kept
	bare    bool // says nothing about frames
	http    *http.Server

	mu    sync.Mutex
	heard sync.Cond // that something was asked for
	log   []string
}

// serve starts a server on the loopback interface.
func serve(t *testing.T, folder string) *server {
	t.Helper()
	s := &server{t: t, folder: folder, address: "127.0.0.1:0"}
	s.heard.L = &s.mu
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *server) url() string { return "http://" + s.address + "/" }

func (s *server) start() {
	s.t.Helper()
	listener, err := net.Listen("tcp", s.address)
	must(s.t, err)
	s.address = listener.Addr().String()
	s.http = &http.Server{Handler: s}
	go s.http.Serve(listener)
}

func (s *server) stop() { s.http.Close() }

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.log = append(s.log, r.Method+" "+r.URL.String())
	folder := s.folder
	s.heard.Broadcast()
	s.mu.Unlock()
	h := w.Header()
	h.Set("Cache-Control", "max-age=86400")
	if s.fresh {
		h.Set("Cache-Control", "no-cache")
	}
	if !s.bare {
		h.Set("Content-Security-Policy", "frame-ancestors 'none'")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	http.FileServer(http.Dir(folder)).ServeHTTP(w, r)
}

// asked takes what was asked for since the last time.
func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := s.log
	s.log = nil
	return log
}

// await waits until something has been asked for.
func (s *server) await(request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !slices.Contains(s.log, request) {
		s.heard.Wait()
	}
}

// integrity is the hash of a text as browsers write it.
func integrity(text string) string {
	sum := sha512.Sum384([]byte(text))
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

// copyOf makes a folder like dist, to be changed.
func copyOf(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "page")
	must(t, os.CopyFS(folder, os.DirFS(dist)))
	return folder
}
