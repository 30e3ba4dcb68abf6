package pamstack

// maxLevel is the deepest substack within substacks (libpam: PAM_SUBSTACK_MAX_LEVEL).
const maxLevel = 16

// A frame is what the dispatcher thinks so far: nothing, yes or no.
type frame struct {
	impression impression
	success    bool // the status that goes with it
}

type impression uint8

const (
	undecided impression = iota
	positive
	negative
)

// A position is the dispatcher in the middle of a stack. It follows _pam_dispatch_aux of Linux-PAM,
// and a test runs both.
type position struct {
	at     int
	before int // level of the module called before
	frame
	outer [maxLevel + 1]frame // by level: what it thought when it came into that substack
}

// granted says whether the stack, at its end, lets in.
func (p position) granted() bool { return p.impression == positive && p.success }

// answer moves on after the module at the position has answered.
func (s Stack) answer(p position, answer Answer) position {
	line := s.Lines[p.at]
	level := min(line.level, maxLevel)
	if p.before < level {
		p.outer[level] = p.frame
	}
	p.before = level
	if line.entry {
		p.at++
		return p
	}
	switch act := line.actions.of(answer); act {
	case ignore:
	case ok, done:
		if p.impression == undecided || p.impression == positive && p.success {
			p.frame = frame{positive, answer == Success}
		}
		if act == done && p.impression == positive {
			return s.leave(p, level)
		}
	case bad, die:
		if p.impression != negative {
			p.frame = frame{negative, false}
		}
		if act == die {
			return s.leave(p, level)
		}
	case reset:
		p.frame = p.outer[level]
	default:
		return s.jump(p, int(act), level)
	}
	p.at++
	return p
}

// leave goes to the end of the substack, or of the stack.
func (s Stack) leave(p position, level int) position {
	for p.at++; p.at < len(s.Lines) && s.Lines[p.at].level >= level; p.at++ {
	}
	return p
}

// jump passes over so many modules; a substack counts as one. Who jumps too far fails.
func (s Stack) jump(p position, n, level int) position {
	for next := p.at + 1; n > 0 && next < len(s.Lines) && s.Lines[next].level >= level; n-- {
		p.at = next
		for next = p.at + 1; next < len(s.Lines) && s.Lines[next].level > level; next++ {
			p.at = next
		}
	}
	if n > 0 {
		p.frame = frame{negative, false}
	}
	p.at++
	return p
}
