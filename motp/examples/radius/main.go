// Command radius is a RADIUS server that checks one-time passwords, to show package motp at work.
//
// It is a module of its own, so that who uses motp gets no RADIUS library with it.
//
//	RADIUS_SECRET=testing123 go run . STATE-FOLDER
//	radtest alice 6ed4e4 127.0.0.1 0 testing123
//
// A server for a network that others can reach has to demand the Message-Authenticator attribute,
// too (CVE-2024-3596), which this one leaves to what stands before it.
package main

import (
	"context"
	"log"
	"os"
	"sync"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// users are those who may log in. A server would look them up in a table of its own.
var users = map[string]motp.User{
	"alice": {Name: "alice", Tokens: []motp.Token{{Secret: "0123456789abcdef", PIN: "6666"}}},
}

func main() {
	if len(os.Args) != 2 || os.Getenv("RADIUS_SECRET") == "" {
		log.Fatal("usage: RADIUS_SECRET=... radius STATE-FOLDER")
	}
	s := &server{
		users: users,
		verifier: motp.Verifier{Store: files.Store{Dir: os.Args[1]},
			Policy: motp.DefaultPolicy},
		now: time.Now,
	}
	for name := range users {
		if err := s.verifier.Prepare(context.Background(), name); err != nil {
			log.Fatal(err)
		}
	}
	packets := radius.PacketServer{
		Addr:         "127.0.0.1:1812",
		SecretSource: radius.StaticSecretSource([]byte(os.Getenv("RADIUS_SECRET"))),
		Handler:      s,
	}
	log.Fatal(packets.ListenAndServe())
}

// A server answers access requests.
type server struct {
	users    map[string]motp.User
	verifier motp.Verifier
	now      func() time.Time

	mu      sync.Mutex
	answers map[request]answer
}

// A request is the same when it is sent again: a client that hears nothing does that, and a code
// that was accepted would be a used one then (RFC 5080 section 2.2.2).
type request struct {
	from          string
	identifier    byte
	authenticator [16]byte
}

type answer struct {
	code radius.Code
	at   time.Time
}

// remembered is how long an answer is given again.
const remembered = 30 * time.Second

// ServeRADIUS answers one request.
func (s *server) ServeRADIUS(w radius.ResponseWriter, r *radius.Request) {
	key := request{r.RemoteAddr.String(), r.Identifier, r.Authenticator}
	code, ok := s.answered(key)
	if !ok {
		code = radius.CodeAccessReject
		if s.accepts(r.Context(), rfc2865.UserName_GetString(r.Packet),
			rfc2865.UserPassword_GetString(r.Packet)) {
			code = radius.CodeAccessAccept
		}
		s.remember(key, code)
	}
	if err := w.Write(r.Response(code)); err != nil {
		log.Print(err)
	}
}

// accepts judges one attempt. Whoever is not known costs the same time as whoever is.
func (s *server) accepts(ctx context.Context, name, typed string) bool {
	user, ok := s.users[name]
	if !ok {
		s.verifier.VerifyUnknown(ctx, name, typed, s.now())
		return false
	}
	result, err := s.verifier.Verify(ctx, user, typed, s.now())
	if err != nil {
		log.Printf("refused: %v", err) // and nobody gets in
		return false
	}
	log.Printf("%q: %v", name, result.Verdict)
	return result.Verdict == motp.Accepted
}

func (s *server) answered(key request) (radius.Code, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, a := range s.answers {
		if s.now().Sub(a.at) > remembered {
			delete(s.answers, k)
		}
	}
	a, ok := s.answers[key]
	return a.code, ok
}

func (s *server) remember(key request, code radius.Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers == nil {
		s.answers = map[request]answer{}
	}
	s.answers[key] = answer{code, s.now()}
}
