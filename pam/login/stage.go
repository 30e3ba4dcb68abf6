package login

import "github.com/pam-motp/pam-motp/motp"

// A Stage is where a login stands while the person is asked. The zero Stage is the beginning, where
// nothing has been typed yet.
type Stage struct {
	// pending is a first code that was right, but far off.
	pending *motp.Pending
}

// StageOf is where a login stands after a first code that was right, but far off.
func StageOf(pending *motp.Pending) Stage { return Stage{pending} }

// Pending is that code; nil at the beginning.
func (s Stage) Pending() *motp.Pending { return s.pending }

// MarshalBinary writes a stage for whoever cannot keep it. It says which codes will do, and must be
// sealed.
func (s Stage) MarshalBinary() ([]byte, error) {
	if s.pending == nil {
		return nil, nil
	}
	return s.pending.MarshalBinary()
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *Stage) UnmarshalBinary(b []byte) error {
	s.pending = nil
	if len(b) == 0 {
		return nil
	}
	p := new(motp.Pending)
	if err := p.UnmarshalBinary(b); err != nil {
		return err
	}
	s.pending = p
	return nil
}
