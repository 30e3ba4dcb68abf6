package stage

import (
	"slices"
	"sync"
)

// A Person has a phone, and a PIN in mind.
type Person struct {
	Name, Secret, PIN string
	step              int64
}

// said are the codes that somebody typed, whoever it was.
var said struct {
	sync.Mutex
	codes []string
}

// Said lists the codes that people made; none of them may turn up in a log.
func Said() []string {
	said.Lock()
	defer said.Unlock()
	return slices.Clone(said.codes)
}

// Say notes a code that somebody types.
func Say(code string) string {
	said.Lock()
	defer said.Unlock()
	said.codes = append(said.codes, code)
	return code
}

// Step is that of the newest code that the person made.
func (p *Person) Step() int64 { return p.step }

// NewCode makes a code that the person has not used yet, without waiting for the next step: the
// window reaches three minutes into the future.
func (p *Person) NewCode() string {
	p.step = max(p.step+1, Step())
	return Say(Code(p.step, p.Secret, p.PIN))
}

// WrongCodes makes so many codes that are not the person's.
func (p *Person) WrongCodes(n int) []string {
	codes := WrongCodes(n, p.Secret, p.PIN)
	for _, code := range codes {
		Say(code)
	}
	return codes
}

// A Cast is who plays on a stage. Each case has its own person, so that the cases can run side by
// side.
type Cast struct{ Alice, Bob, Carol, Frank *Person }

// Outsider has an account, but does not stand in the table.
const Outsider = "dave"

// NewCast brings the four, who have not used a code yet.
func NewCast() Cast {
	return Cast{
		Alice: &Person{Name: "alice", Secret: "7ac61d4736f51a2b", PIN: "zk41q"},
		Bob:   &Person{Name: "bob", Secret: "0f1e2d3c4b5a6978", PIN: "wv52r"},
		Carol: &Person{Name: "carol", Secret: "c0ffee5eed0ddba1", PIN: "yt63s"},
		Frank: &Person{Name: "frank", Secret: "feedfacecafebeef", PIN: "xu74p"},
	}
}

// People are all of them, in order.
func (c Cast) People() []*Person { return []*Person{c.Alice, c.Bob, c.Carol, c.Frank} }
