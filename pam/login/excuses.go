package login

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// maxGrace is the longest time for which nobody is asked again.
const maxGrace = 30 * 24 * time.Hour

func (o *options) setGrace(value string) string {
	d, err := time.ParseDuration(value)
	if err != nil || d%time.Second != 0 || d < time.Minute || d > maxGrace {
		return "must be a duration from 1m to 720h, like 8h"
	}
	o.grace = d
	return ""
}

// setExempt reads networks. One with a mistake is an error and exempts nobody, and so is one whose
// address has bits behind the prefix: who writes 192.0.2.7/16 may mean 192.0.2.7 alone.
func (o *options) setExempt(value string) string {
	var all []netip.Prefix
	for word := range strings.SplitSeq(value, ",") {
		p, ok := parseNetwork(word)
		if !ok {
			return "must be networks like 192.0.2.0/24,2001:db8::/32, or addresses, " +
				"without names, zones, and blanks"
		}
		if p != p.Masked() {
			return "has an address with bits set behind the prefix: 192.0.2.7/24 is " +
				"192.0.2.0/24 or 192.0.2.7/32"
		}
		all = append(all, p)
	}
	o.exempt = append(o.exempt, all...)
	return ""
}

// parseNetwork reads a network, or an address as one. Those of IPv4 written as IPv6 are unmapped,
// as are the addresses that are held against them.
func parseNetwork(word string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(word); err == nil {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), addr.Zone() == ""
	}
	p, err := netip.ParsePrefix(word)
	if err != nil || !p.Addr().Is4In6() {
		return p, err == nil
	}
	const mapped = 128 - 32
	return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped), p.Bits() >= mapped
}

// address is where the person is, as far as that can be relied on: an address that the host has,
// without a zone. A name is none, since whoever has the address may choose its name; and what a
// program that is not root's says is a claim.
func (s *session) address() (netip.Addr, bool) {
	if s.req.Limited {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(s.req.RHost.S)
	return addr.Unmap().WithZone(""), err == nil
}

// isExempt says whether a person is in a network that nobody is asked in.
func (s *session) isExempt() bool {
	addr, ok := s.address()
	for _, p := range s.exempt {
		if ok && p.Contains(addr) {
			return true
		}
	}
	return false
}

// origin is what a time of grace is for: the service and the address; empty where there is none. An
// address that is somebody else's on the next network is none.
func (s *session) origin() string {
	addr, ok := s.address()
	if s.grace == 0 || !ok || addr.IsLoopback() || addr.IsUnspecified() ||
		addr.IsLinkLocalUnicast() || addr.IsMulticast() {
		return ""
	}
	return addr.String() + "\x00" + s.req.Service.S
}

// excused ends a login before anybody is asked, if the line has an excuse for it. done says that it
// has ended. The table is read first, and a user who is disabled or locked has no excuse.
func (s *session) excused() (_ result, done bool) {
	exempt := s.isExempt()
	// With forward_pass people are asked all the same, for their password: see inGrace.
	grace := s.origin() != "" && !s.forwardPass
	if !exempt && !grace && !s.quiet {
		return result{}, false
	}
	settings, user, err := s.find()
	verifier := s.verifier(settings)
	switch {
	case errors.Is(err, conf.ErrNoUser) && exempt:
		return refused(s.ignore(excuse{reason: "exempt", stranger: true})), true
	case errors.Is(err, conf.ErrNoUser) && s.quiet:
		return refused(s.ignore(excuse{reason: "unknown-user", stranger: true})), true
	case errors.Is(err, conf.ErrNoUser):
		s.standingUnknown(user.Name, verifier)
		return result{}, false
	case err != nil:
		return refused(s.notFound(user.Name, err, "")), true
	case !exempt && !grace:
		return result{}, false
	}
	standing, err := verifier.Standing(s.ctx, user, s.origin(), s.grace, s.now())
	switch {
	case err != nil:
		return refused(AuthinfoUnavail, report{reason: RecordTrouble(err), user: user.Name,
			detail: err.Error()}), true
	case exempt && (standing.Refusal == motp.Refused || standing.Refusal == motp.Clock):
		return refused(s.ignore(excuse{reason: "exempt", user: user.Name})), true
	case exempt:
		return refused(AuthErr, report{reason: standing.Refusal.String(),
			user: user.Name}), true
	case standing.Grace:
		return refused(s.ignore(excuse{reason: "grace", user: user.Name})), true
	}
	return result{}, false
}

// standingUnknown does the work that grace is for a user.
func (s *session) standingUnknown(name string, verifier motp.Verifier) {
	if s.origin() != "" {
		verifier.StandingUnknown(s.ctx, name, s.origin(), s.grace, s.now())
	}
}

// inGrace says whether a user has grace, where they are asked in spite of it.
func (s *session) inGrace(user motp.User, verifier motp.Verifier) bool {
	if !s.forwardPass || s.origin() == "" {
		return false
	}
	standing, err := verifier.Standing(s.ctx, user, s.origin(), s.grace, s.now())
	return err == nil && standing.Grace
}

// graced is what becomes of an answer that needs no code.
func (s *session) graced(user motp.User, password string, split bool) attempt {
	code, rep := s.ignore(excuse{reason: "grace", user: user.Name, typed: password,
		split: split})
	return attempt{code: code, report: rep}
}
