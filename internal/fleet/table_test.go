package fleet

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/tablesum"
	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// tableOf are the sums of a table in which alice has a secret.
func tableOf(secret string) []byte {
	s := tablesum.NewKey("example", fleetKey).Of()
	s.Add(conf.Entry{User: motp.User{Name: "alice", Tokens: []motp.Token{{Secret: secret,
		PIN: "4917"}}}})
	b, _ := s.Bytes()
	return b
}

// A report says whose table is not as the asker's, and never takes one for a heartbeat, nor
// believes what no host has signed.
func TestTables(t *testing.T) {
	begin(t, cluster)
	tables := map[string][]byte{"a": tableOf("0123456789abcdef"),
		"b": tableOf("0123456789abcdef"), "c": tableOf("0123456789abcdee"), "d": nil}
	for host, sums := range tables {
		s := open(t, config(t, cluster, host))
		awaitLook(t, s)
		if sums == nil {
			continue
		}
		if err := s.ShowTable(background, sums); err != nil {
			t.Fatal(err)
		}
	}
	beats, err := administrators(t, cluster).nodes.read(background,
		clientv3.OpGet(hostsAt, beatsEnd))
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range beats.Responses[0].GetResponseRange().GetKvs() {
		if strings.HasPrefix(string(kv.Key), tablesAt) {
			t.Errorf("%s is read with the heartbeats", kv.Key)
		}
	}
	stolen := records(t, tablesAt)
	put(t, tablesAt+"d", string(stolen[tablesAt+"c"]))
	got := map[string]string{}
	for len(got) < len(tables) { // until all have written a heartbeat
		got = map[string]string{}
		for _, h := range visitor(t, cluster).Report(background).Hosts {
			got[h.Name] = h.Table
			if h.Name == "c" && (len(h.Differ) != 1 || h.Differ[0] !=
				tablesum.NewKey("example", fleetKey).Tag("alice")) {
				t.Errorf("%+v", h)
			}
		}
	}
	for host, want := range map[string]string{"a": TableSame, "b": TableSame,
		"c": TableDiffers, "d": TableUnknown} {
		if got[host] != want || len(got) != len(tables) {
			t.Errorf("%s: %q, want %q; %v", host, got[host], want, got)
		}
	}
}
