package fleet

import (
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/etcd"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// What many servers tell people while nodes are killed and cut off, one server could have told; and
// the check finds out who does it wrong. "make prove" has more of it.
func TestOneMemory(t *testing.T) {
	dir := t.TempDir()
	c, err := etcd.Start(dir, etcd.Options{Heartbeat: 50 * time.Millisecond,
		Election: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	if err := Begin(c); err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]Opener{
		"blind": Blind, "trusting": Trusting, "no ids": NoIDs, "careful": Careful,
	} {
		rep, err := Trial{Hosts: 3, Sessions: 4, Users: 10, Operations: 400,
			Wrong: wrong}.on(c)
		if caught := len(rep.Broken) > 0; err != nil || caught == (name == "careful") {
			t.Errorf("the client %s: %+v, %v", name, rep, err)
		}
		_, err = c.Root.Delete(t.Context(), recordsOfWrong, clientv3.WithPrefix())
		if err != nil {
			t.Fatal(err)
		}
	}
	rep, err := Trial{Hosts: 3, Sessions: 8, Users: 50, Operations: 1500,
		Faults: []Fault{KillLeader, CutLeader}}.on(c)
	if err != nil || len(rep.Broken) > 0 || len(rep.Unexpected) > 0 || rep.Operations < 1500 {
		t.Errorf("%+v, %v", rep, err)
	}
}
