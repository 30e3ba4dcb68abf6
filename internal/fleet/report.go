package fleet

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Report tells how the nodes and the hosts stand. What is wrong is part of it.
func (s *Store) Report(ctx context.Context) fleetreport.Report {
	r := fleetreport.Report{Nodes: make([]fleetreport.Node, len(s.nodes.all)),
		Alarms: []string{}, Hosts: []fleetreport.Host{}}
	var group sync.WaitGroup
	for i, at := range s.nodes.all {
		group.Add(1)
		go func() {
			defer group.Done()
			r.Nodes[i] = s.node(ctx, at)
		}()
	}
	group.Wait()
	hosts, e, err := s.hosts(ctx)
	if err != nil {
		r.Trouble = err.Error()
		return r
	}
	s.compareTables(ctx, hosts)
	r.Hosts, r.Epoch, r.Began = hosts, e.number, &e.began
	alarms, err := s.alarms(ctx)
	if err != nil {
		r.Trouble = err.Error()
	}
	r.Alarms = append(r.Alarms, alarms...)
	return r
}

// node asks a node how it stands.
func (s *Store) node(ctx context.Context, at *node) fleetreport.Node {
	n := fleetreport.Node{Endpoint: "https://" + at.address}
	ctx, cancel := s.patient(ctx)
	defer cancel()
	if !at.ready(ctx, true) {
		n.Trouble = at.trouble.or(errNotReady).Error()
		return n
	}
	status, err := at.Status(ctx, n.Endpoint)
	if err != nil {
		n.Trouble = err.Error()
		return n
	}
	n.Up, n.Version, n.Size, n.InUse = true, status.Version, status.DbSize, status.DbSizeInUse
	n.Leader = status.Leader != 0 && status.Leader == status.Header.MemberId
	if n.Quota, err = at.quota(ctx); err != nil {
		n.Quota = 0 // an old one, or one whose numbers are elsewhere
	}
	began := time.Now()
	if _, err := at.Get(ctx, epochAt); err != nil && !errors.Is(err, context.Canceled) {
		n.Trouble = "asks no majority: " + err.Error()
	} else {
		n.Latency = time.Since(began)
	}
	return n
}

// quotaMetric is how a node tells its quota. Its interface does not before version 3.6.
const quotaMetric = "etcd_server_quota_backend_bytes "

// quota is where a node takes no more, in bytes.
func (at *node) quota(ctx context.Context) (int64, error) {
	config := at.config.Clone()
	config.NextProtos = nil
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		"https://"+at.address+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	const most = 4 << 20 // a node tells some ten thousand numbers
	for lines := bufio.NewScanner(io.LimitReader(resp.Body, most)); lines.Scan(); {
		if number, ok := strings.CutPrefix(lines.Text(), quotaMetric); ok {
			bytes, err := strconv.ParseFloat(number, 64)
			return int64(bytes), err
		}
	}
	return 0, errors.New("a node does not say its quota")
}

// alarms are what etcd has raised, each with the number of its node.
func (s *Store) alarms(ctx context.Context) (all []string, err error) {
	ctx, cancel := s.brief(ctx)
	defer cancel()
	for _, at := range s.nodes.all {
		if !at.ready(ctx, false) {
			continue
		}
		var resp *clientv3.AlarmResponse
		if resp, err = at.AlarmList(ctx); err != nil {
			continue
		}
		for _, a := range resp.Alarms {
			if a.Alarm != etcdserverpb.AlarmType_NONE {
				all = append(all, a.Alarm.String()+" of member "+
					strconv.FormatUint(a.MemberID, 16))
			}
		}
		return all, nil
	}
	return nil, err
}
