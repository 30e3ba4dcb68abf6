package login

import (
	"github.com/pam-motp/pam-motp/motp"
)

// A Stage is where a login stands while the person is asked. The zero Stage is the beginning, where
// nothing has been typed yet.
type Stage struct {
	// pending is a first code that was right, but far off.
	pending *motp.Pending

	// change is a change of a PIN, in which a login has no part.
	change *change

	// enrolment is somebody who was invited, and sets a token up.
	enrolment *enrolment
}

// StageOf is where a login stands after a first code that was right, but far off.
func StageOf(pending *motp.Pending) Stage { return Stage{pending: pending} }

// Pending is that code; nil at the beginning.
func (s Stage) Pending() *motp.Pending { return s.pending }

// The first byte of a stage says what follows.
const (
	stagePending = 1
	stageCurrent = 2 // a change of a PIN, of which nothing is proven
	stageChange  = 3 // a choice, what is proven
	stageEnrol   = 4 // step (1), a choice, the enrolment
)

var errStage = motp.ErrInvalid

// MarshalBinary writes a stage for whoever cannot keep it. It says which codes will do, and may
// hold a PIN, and must be sealed.
func (s Stage) MarshalBinary() ([]byte, error) {
	switch {
	case s.change != nil:
		return s.change.marshal()
	case s.enrolment != nil:
		e := s.enrolment
		of, err := e.of.MarshalBinary()
		return append(e.choice.appendTo([]byte{stageEnrol, byte(e.step)}), of...), err
	case s.pending == nil:
		return nil, nil
	}
	b, err := s.pending.MarshalBinary()
	return append([]byte{stagePending}, b...), err
}

func (c *change) marshal() ([]byte, error) {
	if c.proven == nil {
		return []byte{stageCurrent}, nil
	}
	proven, err := c.proven.MarshalBinary()
	return append(c.choice.appendTo([]byte{stageChange}), proven...), err
}

// appendTo writes a choice: tries (1), then what may be no PIN and the PIN, each with its length
// (1).
func (c choice) appendTo(b []byte) []byte {
	b = append(append(b, c.tries, byte(len(c.not))), c.not...)
	return append(append(b, byte(len(c.pin))), c.pin...)
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *Stage) UnmarshalBinary(b []byte) error {
	*s = Stage{}
	if len(b) == 0 {
		return nil
	}
	switch kind, rest := b[0], b[1:]; kind {
	case stagePending:
		p := new(motp.Pending)
		if err := p.UnmarshalBinary(rest); err != nil {
			return err
		}
		s.pending = p
	case stageCurrent:
		if len(rest) > 0 {
			return errStage
		}
		s.change = new(change)
	case stageChange:
		c := &change{proven: new(motp.PINChange)}
		rest, err := c.choice.read(rest)
		if err != nil {
			return err
		}
		s.change = c
		return c.proven.UnmarshalBinary(rest)
	case stageEnrol:
		if len(rest) == 0 || rest[0] >= byte(enrolSteps) {
			return errStage
		}
		e := &enrolment{step: enrolStep(rest[0]), of: new(motp.Enrolment)}
		rest, err := e.choice.read(rest[1:])
		if err != nil {
			return err
		}
		s.enrolment = e
		return e.of.UnmarshalBinary(rest)
	default:
		return errStage
	}
	return nil
}

func (c *choice) read(b []byte) (rest []byte, err error) {
	if len(b) == 0 {
		return nil, errStage
	}
	c.tries, b = b[0], b[1:]
	for _, text := range []*string{&c.not, &c.pin} {
		if len(b) == 0 || len(b) < 1+int(b[0]) {
			return nil, errStage
		}
		n := 1 + int(b[0])
		*text, b = string(b[1:n]), b[n:]
	}
	return b, nil
}
