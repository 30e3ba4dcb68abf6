package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// A Host is one of a fleet, as its heartbeats tell.
type Host struct {
	Name string    `json:"host"`
	Said time.Time `json:"said"` // the time of its last heartbeat, by its own clock

	// Live says that heartbeats come. One that was just written is live; of another one, the
	// next was waited for.
	Live bool `json:"live"`

	// Ahead is how far its clock is ahead of the asker's, if it was waited for; exact to a
	// second. Of one that was not, it is within a heartbeat.
	Ahead time.Duration `json:"ahead_ns"`

	// Table says how its table compares with that of the asker's host, of which Differ has the
	// tags (package tablesum) of the users for whom it does.
	Table  string   `json:"table"`
	Differ []string `json:"differ,omitempty"`

	version uint64
}

// lookEvery is how often heartbeats are looked at while one is waited for.
const lookEvery = 250 * time.Millisecond

// hosts reads the heartbeats of all hosts. Where one is not of now, either its host is no more, or
// its clock is wrong, which the next one tells: that is waited for.
func (s *Store) hosts(ctx context.Context) ([]Host, *epoch, error) {
	first, e, err := s.heartbeats(ctx)
	if err != nil {
		return nil, nil, err
	}
	began := s.now()
	for i := range first {
		age := began.Sub(first[i].Said)
		first[i].Live = age > -2*time.Second && age < s.clock.every+2*time.Second
	}
	waited, cancel := context.WithTimeout(ctx, s.clock.every+s.clock.every/5+lookEvery)
	defer cancel()
	silent := func(h Host) bool { return !h.Live }
	for slices.ContainsFunc(first, silent) && waited.Err() == nil {
		pause(waited, lookEvery)
		next, _, err := s.heartbeats(waited)
		if err != nil {
			break
		}
		now := s.now()
		for i := range first {
			first[i].hears(next, now)
		}
	}
	return first, e, nil
}

// hears notes that a heartbeat has come.
func (h *Host) hears(all []Host, now time.Time) {
	at := slices.IndexFunc(all, func(o Host) bool { return o.Name == h.Name })
	if h.Live || at < 0 || all[at].version <= h.version {
		return
	}
	h.Live, h.Said, h.Ahead = true, all[at].Said, all[at].Said.Sub(now).Round(time.Second)
}

// heartbeats are the last of all hosts.
func (s *Store) heartbeats(ctx context.Context) (all []Host, e *epoch, err error) {
	ctx, cancel := s.brief(ctx)
	defer cancel()
	before := s.before(hostsAt)
	resp, err := s.nodes.read(ctx, clientv3.OpGet(epochAt),
		clientv3.OpGet(hostsAt, beatsEnd))
	if err == nil {
		e, err = s.learn(resp, before)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, kv := range resp.Responses[1].GetResponseRange().GetKvs() {
		v, signed := s.key.open(string(kv.Key), kv.Value)
		name, ok := motp.DecodeName(strings.TrimPrefix(string(kv.Key), hostsAt))
		if signed && ok {
			all = append(all, Host{Name: name, Said: v.time(), version: v.version})
		}
	}
	return all, e, nil
}
