package etcd

import "time"

// Slow has a node work for a twentieth of the time, as on a machine or a disk that has too much to
// do, until what it returns is called.
func (n *Node) Slow() (end func()) {
	const works, rests = 2 * time.Millisecond, 38 * time.Millisecond
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			n.Freeze()
			time.Sleep(rests)
			n.Thaw()
			select {
			case <-over:
				return
			case <-time.After(works):
			}
		}
	}()
	return func() { close(over); <-ended }
}
