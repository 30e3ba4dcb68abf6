package fleet

import (
	"context"
	"crypto/hmac"
	"strings"

	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/internal/tablesum"
	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// tablesAt is where each host shows the sums of its table (package tablesum), signed: no encoded
// name begins so. What reads all heartbeats leaves it out, for it may be long.
const tablesAt = hostsAt + "~table/"

// beatsEnd is where the heartbeats end.
var beatsEnd = clientv3.WithRange(strings.TrimSuffix(tablesAt, "table/"))

// How a host's table compares with the asker's.
const (
	TableUnknown = "unknown" // one of them has shown no sums
	TableSame    = "same"    // of all who are in both
	TableDiffers = "differs"
)

// ShowTable shows the sums of this host's table to the others.
func (s *Store) ShowTable(ctx context.Context, sums []byte) error {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	at := tablesAt + motp.EncodeName(s.host)
	_, err := s.nodes.ask(ctx, request{then: []clientv3.Op{
		clientv3.OpPut(at, string(append(s.key.sum(at, sums), sums...)))}})
	return err
}

// table reads the sums of a host's table. ok is false if there are none that it has shown.
func (s *Store) table(ctx context.Context, host string) (sums []byte, ok bool) {
	ctx, cancel := s.brief(ctx)
	defer cancel()
	at := tablesAt + motp.EncodeName(host)
	resp, err := s.nodes.read(ctx, clientv3.OpGet(at))
	if err != nil {
		return nil, false
	}
	b := only(resp.Responses[0])
	if len(b) < macSize || !hmac.Equal(b[:macSize], s.key.sum(at, b[macSize:])) {
		return nil, false
	}
	return b[macSize:], true
}

// compareTables says how the tables of hosts that are live compare with that of this one.
func (s *Store) compareTables(ctx context.Context, hosts []fleetreport.Host) {
	own, known := s.table(ctx, s.host)
	for i := range hosts {
		h := &hosts[i]
		h.Table = TableUnknown
		if !h.Live || !known {
			continue
		}
		if sums, ok := s.table(ctx, h.Name); ok {
			h.Table, h.Differ = TableSame, tablesum.Differ(own, sums)
			if len(h.Differ) > 0 {
				h.Table = TableDiffers
			}
		}
	}
}
