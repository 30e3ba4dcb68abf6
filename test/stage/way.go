package stage

import (
	"testing"
)

// A Way is who judges a login.
type Way string

// The ways that there are.
const (
	// ByWorker is a process that is forked for the login.
	ByWorker Way = "worker"
	// ByMotpd is the resident verifier, and nobody where there is none.
	ByMotpd Way = "motpd"
)

// Ways are what tests of what a login decides are played by.
var Ways = []Way{ByWorker, ByMotpd}

// TestWays plays a test on a private machine for each way: one on which nobody but a worker can
// judge, and one that motpd runs on and whose services are for it alone. Hosts' peculiarities, and
// whatever names another table than root's, are for [Test].
func TestWays(t *testing.T, play func(t *testing.T, m *Machine)) {
	t.Helper()
	for _, way := range Ways {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			Test(t, func(t *testing.T, m *Machine) {
				if way == ByMotpd {
					m.RunMotpd(t)
				}
				play(t, m)
			})
		})
	}
}

// RunMotpd runs motpd until the test ends, and no sooner. The services that are installed from now
// on are for it alone.
func (m *Machine) RunMotpd(t *testing.T) {
	t.Helper()
	m.Way = ByMotpd
	motpd, err := m.StartMotpd()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := motpd.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("motpd said: %s", motpd.Said())
		}
	})
}

// StartMotpd starts the built motpd with its sockets where hosts look for them, and waits until it
// says HELLO.
func (m *Machine) StartMotpd() (*Motpd, error) {
	if err := NeedBuilt(m.Root, "motpd"); err != nil {
		return nil, err
	}
	return StartMotpd(m.Path("build/motpd"), motpdFolder, nil)
}
