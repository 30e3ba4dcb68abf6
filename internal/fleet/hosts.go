package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// A heard is what the last heartbeat of a host tells.
type heard struct {
	fleetreport.Host
	version uint64
}

// lookEvery is how often heartbeats are looked at while one is waited for.
const lookEvery = 250 * time.Millisecond

// hosts reads the heartbeats of all hosts. Where one is not of now, either its host is no more, or
// its clock is wrong, which the next one tells: that is waited for.
func (s *Store) hosts(ctx context.Context) ([]fleetreport.Host, *epoch, error) {
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
	silent := func(h heard) bool { return !h.Live }
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
	all := []fleetreport.Host{}
	for _, h := range first {
		all = append(all, h.Host)
	}
	return all, e, nil
}

// hears notes that a heartbeat has come.
func (h *heard) hears(all []heard, now time.Time) {
	at := slices.IndexFunc(all, func(o heard) bool { return o.Name == h.Name })
	if h.Live || at < 0 || all[at].version <= h.version {
		return
	}
	h.Live, h.Said, h.Ahead = true, all[at].Said, all[at].Said.Sub(now).Round(time.Second)
}

// heartbeats are the last of all hosts.
func (s *Store) heartbeats(ctx context.Context) (all []heard, e *epoch, err error) {
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
			all = append(all, heard{fleetreport.Host{Name: name, Said: v.time()},
				v.version})
		}
	}
	return all, e, nil
}
