package main

// start measures the first login after which motpd runs: a connection starts it, as under systemd,
// and waits.
func (b *bench) start() error {
	s, err := b.site("start", mobile)
	if err != nil {
		return err
	}
	floor := permit()
	running, err := s.right("motpd, running")
	if err != nil {
		return err
	}
	cold := running.anew()
	cold.name = "motpd, not running"
	cold.before = func() error {
		if err := s.stopped(); err != nil {
			return err
		}
		return running.before()
	}
	worker := running.anew()
	worker.name, worker.service = "worker", byWorker
	logins := []*login{floor, running, worker, cold}
	if err := s.settled(running); err != nil {
		return err
	}
	if err := b.interleave(b.runs, logins); err != nil {
		return err
	}
	b.report.times("motpd started by a login", floor, logins)
	b.report.atMost("first login with motpd not running, over a worker's",
		cold.over(worker), 5, " ms")
	return nil
}
