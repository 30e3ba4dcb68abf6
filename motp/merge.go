package motp

import "slices"

// merge adds to a record what another one of the same user knows, which another store kept, and
// which was brought up to date (see mend). Nothing that either has used is good afterwards, and the
// worse of two counts is the user's.
//
// A time of grace is over: what ends one may stand in the other record.
func (r *record) merge(o record) {
	r.mergeCounts(o)
	for _, m := range o.lines {
		r.mergeMemory(m)
	}
	for _, old := range o.old {
		r.mergeV1(old)
	}
	for _, p := range o.pins {
		if !slices.ContainsFunc(r.pins, p.isFor) {
			r.pins = append(r.pins, p)
		}
	}
	r.mergePaper(o.paper)
	for _, c := range o.claims {
		r.mergeClaim(c)
	}
	for _, s := range o.shown {
		r.mergeShown(s)
	}
	for _, e := range o.other {
		if !slices.Contains(r.other, e) {
			r.other = append(r.other, e)
		}
	}
	r.grants = nil
}

func (r *record) mergeCounts(o record) {
	if o.lastFailure > r.lastFailure {
		r.wrongMark = o.wrongMark
	}
	r.failures, r.locks = max(r.failures, o.failures), max(r.locks, o.locks)
	r.lastFailure = max(r.lastFailure, o.lastFailure)
	r.lockedSince = max(r.lockedSince, o.lockedSince)
	r.lastLogin = max(r.lastLogin, o.lastLogin)
	r.proven = max(r.proven, o.proven)
}

// mergeMemory adds what the other record knows of a secret. What it learned of a clock holds if it
// saw the clock later.
func (r *record) mergeMemory(o *memory) {
	at := slices.IndexFunc(r.lines, func(m *memory) bool {
		return m.key == o.key && m.kind == o.kind && m.period == o.period
	})
	if at < 0 {
		r.lines = append(r.lines, o)
		return
	}
	m := r.lines[at]
	switch {
	case m.counts():
		m.synced = max(m.synced, o.synced)
	case !o.blank() && (m.blank() || o.high > m.high):
		m.base, m.drift, m.synced = o.base, o.drift, o.synced
	}
	m.replay.merge(o.replay)
	m.boundLow()
	m.reach = max(m.reach, o.reach)
}

func (r *record) mergeV1(o v1Memory) {
	at := slices.IndexFunc(r.old, func(m v1Memory) bool { return m.id == o.id })
	if at < 0 {
		r.old = append(r.old, o)
		return
	}
	r.old[at].replay.merge(o.replay)
	r.old[at].synced = max(r.old[at].synced, o.synced)
}

// mergePaper takes for used what either has used of the latest set. More than a set may have is
// more than one set: then all of it is.
func (r *record) mergePaper(o paperUse) {
	r.beginPaper(o.set)
	if o.set < r.paper.set {
		return
	}
	for _, h := range o.used {
		if !slices.Contains(r.paper.used, h) {
			r.paper.used = append(r.paper.used, h)
		}
	}
	if len(r.paper.used) > MaxPaper {
		r.beginPaper(r.paper.set + 1)
	}
}

// mergeClaim adds what became of an invitation: it was claimed if either says so.
func (r *record) mergeClaim(o claim) {
	at := slices.IndexFunc(r.claims, func(c claim) bool { return c.of == o.of })
	if at < 0 {
		r.claims = append(r.claims, o)
		return
	}
	r.claims[at].state = max(r.claims[at].state, o.state)
}

// mergeShown adds where the token of an invitation was shown: where it was first.
func (r *record) mergeShown(o showing) {
	at := slices.IndexFunc(r.shown, func(s showing) bool { return s.of == o.of })
	switch {
	case at < 0:
		r.shown = append(r.shown, o)
	case o.at < r.shown[at].at:
		r.shown[at] = o
	}
}

// isFor says whether a PIN is for the secret, and in place of the table's PIN, that another is for.
func (p ownPIN) isFor(other ownPIN) bool {
	return p.key == other.key && p.replaced == other.replaced
}
