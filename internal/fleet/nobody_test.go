package fleet

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Whatever became of the record of nobody, a stranger's login takes the work of a user's: the
// record is read, and written.
func TestRecordOfNobody(t *testing.T) {
	at := nobodyAt + "a"
	for name, spoil := range map[string]func(t *testing.T, old string){
		"deleted": func(t *testing.T, _ string) { remove(t, at) },
		"older":   func(t *testing.T, old string) { put(t, at, old) },
		"torn":    func(t *testing.T, _ string) { put(t, at, "torn") },
		"nothing": func(t *testing.T, _ string) {},
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			mine := config(t, cluster, "a")
			mine.beat = 24 * time.Hour
			s := open(t, mine)
			rehearse := func(name string) {
				s.Rehearse(background, name,
					func(motp.Current) (motp.Next, error) {
						return motp.Next{Record: []byte("of nobody")}, nil
					})
			}
			rehearse("mallory")
			old := records(t, at)[at]
			rehearse("trudy")
			rehearse("oscar")
			spoil(t, old)
			<-s.surveyed
			asked := 0
			ask := s.nodes.ask
			s.nodes.ask = func(ctx context.Context, r request) (*clientv3.TxnResponse,
				error) {
				asked++
				return ask(ctx, r)
			}
			before := records(t, at)[at]
			rehearse("eve")
			if asked != 2 || records(t, at)[at] == before {
				t.Errorf("%d requests, want 2; written: %v", asked,
					records(t, at)[at] != before)
			}
		})
	}
}

// Nobody fills a host's memory with names that are nobody's, however long they are.
func TestNamesOfNobody(t *testing.T) {
	begin(t, cluster)
	s := open(t, config(t, cluster, "a"))
	before := heap()
	for i := range 100 {
		name := fmt.Sprint(i, strings.Repeat("x", 1<<20))
		s.Rehearse(background, name, func(motp.Current) (motp.Next, error) {
			return motp.Next{Record: []byte("of nobody")}, nil
		})
	}
	if more := heap() - before; more > 2*mostKept {
		t.Errorf("%d MB more", more>>20)
	}
	if n := len(records(t, recordsAt)); n != 1 {
		t.Errorf("%d records of nobody", n)
	}
	runtime.KeepAlive(s)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
