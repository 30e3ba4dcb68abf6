package resident

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pam-motp/pam-motp/internal/ask"
)

// jobs are the logins that are being judged now.
type jobs struct {
	mu  sync.Mutex
	all map[*ask.Job]bool
}

// begin notes a login; what it returns ends it.
func (j *jobs) begin(c connection, user, service string) (end func()) {
	job := &ask.Job{User: user, Service: service, UID: c.peer.Uid, PID: c.peer.Pid,
		Since: time.Now()}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.all == nil {
		j.all = make(map[*ask.Job]bool)
	}
	j.all[job] = true
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.all, job)
	}
}

// nameShown is how much of a name is told, in bytes: whoever asks for a login chooses its names,
// and MaxJobs of them must fit into one packet, whatever they hold.
const nameShown = 40

func short(name string) string {
	if len(name) <= nameShown {
		return name
	}
	return strings.ToValidUTF8(name[:nameShown], "") + "…"
}

// longest are those that have been there longest.
func (j *jobs) longest(most int) []ask.Job {
	j.mu.Lock()
	all := make([]ask.Job, 0, len(j.all))
	for job := range j.all {
		all = append(all, *job)
	}
	j.mu.Unlock()
	slices.SortFunc(all, func(a, b ask.Job) int { return a.Since.Compare(b.Since) })
	all = all[:min(most, len(all))]
	for i, job := range all {
		all[i].User, all[i].Service = short(job.User), short(job.Service)
	}
	return all
}
