package fleet

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net/url"
	"os"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
)

// nodes are those of the cluster, each with a connection of its own: which one is asked next is
// said here. The client's own choice takes twice as long to leave a node that is cut off.
type nodes struct {
	call time.Duration
	all  []*node
	ask  asker // of one node, once; where the error is errNotReady, nothing was sent

	shared *shared

	mu   sync.Mutex
	from int // the node that is asked first
}

type node struct {
	*clientv3.Client
	address string // NAME:PORT
	config  *tls.Config
	failed  time.Time // when it did not answer last
	trouble *trouble
}

// avoided is how long a node is not asked that did not answer, unless none does.
const avoided = 5 * time.Second

// mostReply is how long a reply may be, in bytes: more than a page of full records.
const mostReply = 4 << 20

// moment is how long a request waits before it is made again, where every node has just failed: one
// that fails at once would be made a thousand times a second, by each login.
const moment = 20 * time.Millisecond

// errNotReady means that there is no connection to a node: nothing was sent.
var errNotReady = errors.New("not connected")

// reconnect is quicker than the client's own: an election is over in a second.
var reconnect = grpc.ConnectParams{
	Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2,
		MaxDelay: time.Second},
	MinConnectTimeout: time.Second,
}

func connect(c Config) (*nodes, error) {
	config, err := tlsConfig(c)
	if err != nil {
		return nil, err
	}
	n := &nodes{call: c.Call}
	for _, endpoint := range c.Endpoints {
		at, err := url.Parse(endpoint)
		if err != nil || at.Scheme != "https" || at.Port() == "" {
			n.close()
			return nil, errors.New("a node must be https://NAME:PORT")
		}
		trouble := &trouble{}
		client, err := clientv3.New(clientv3.Config{
			Endpoints: []string{endpoint}, TLS: config, Logger: zap.NewNop(),
			DialKeepAliveTime: 2 * time.Second, DialKeepAliveTimeout: 2 * time.Second,
			PermitWithoutStream: true, MaxCallRecvMsgSize: mostReply,
			DialOptions: append(trouble.watched(credentials.NewTLS(config)),
				grpc.WithConnectParams(reconnect)),
		})
		if err != nil {
			n.close()
			return nil, err
		}
		client.ActiveConnection().Connect()
		n.all = append(n.all, &node{Client: client, address: at.Host, config: config,
			trouble: trouble})
	}
	if len(n.all) == 0 {
		return nil, errors.New("a store without nodes")
	}
	n.shared = &shared{ask: n.askOne}
	n.ask = n.askShared
	n.from = rand.IntN(len(n.all))
	return n, nil
}

// tlsConfig has this host's certificate read for each connection, so that a new one is used.
func tlsConfig(c Config) (*tls.Config, error) {
	ca, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, &os.PathError{Op: "read", Path: c.CA,
			Err: errors.New("there is no certificate in it")}
	}
	load := func() (*tls.Certificate, error) {
		cert, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		return &cert, err
	}
	if _, err := load(); err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return load()
		}}, nil
}

func (n *nodes) close() {
	for _, node := range n.all {
		_ = node.Close()
	}
}

// pick returns the node to be asked now: the one that was asked before, unless it failed a moment
// ago. last says that all did, and that this one is given its time.
func (n *nodes) pick() (at *node, last bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range n.all {
		at := n.all[(n.from+i)%len(n.all)]
		if time.Since(at.failed) > avoided {
			n.from = (n.from + i) % len(n.all)
			return at, false
		}
	}
	at = n.all[0]
	for _, other := range n.all[1:] {
		ready, otherReady := isReady(at), isReady(other)
		if otherReady && !ready || otherReady == ready && other.failed.Before(at.failed) {
			at = other
		}
	}
	return at, true
}

func isReady(at *node) bool { return at.ActiveConnection().GetState() == connectivity.Ready }

// answered notes whether a node did. One whose caller gave up did nothing wrong.
func (n *nodes) answered(at *node, well bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at.failed = time.Time{}
	if !well {
		at.failed = time.Now()
	}
}

// A request is a transaction.
type request struct {
	changes     string // the key that it writes, if it may share a transaction
	compare     []clientv3.Cmp
	then, other []clientv3.Op
}

// An asker makes a request.
type asker func(ctx context.Context, r request) (*clientv3.TxnResponse, error)

// askShared makes a request, together with others if it may be.
func (n *nodes) askShared(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
	if r.changes != "" {
		if resp, err := n.shared.change(ctx, r); !errors.Is(err, errApart) {
			return resp, err
		}
	}
	return n.askOne(ctx, r)
}

// askOne asks the node whose turn it is.
func (n *nodes) askOne(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
	at, last := n.pick()
	limited, cancel := context.WithTimeout(ctx, n.call)
	defer cancel()
	if !at.ready(limited, last) {
		n.answered(at, ctx.Err() != nil)
		return nil, at.trouble.or(errNotReady)
	}
	resp, err := at.Txn(limited).If(r.compare...).Then(r.then...).Else(r.other...).Commit()
	n.answered(at, err == nil || final(err) != nil || ctx.Err() != nil ||
		errors.Is(err, rpctypes.ErrNoSpace))
	if last && err != nil && final(err) == nil {
		pause(ctx, moment)
	}
	return resp, err
}

// ready waits for a node's connection; with patience, even if it has just failed.
func (at *node) ready(ctx context.Context, patience bool) bool {
	conn := at.ActiveConnection()
	for {
		state := conn.GetState()
		switch {
		case state == connectivity.Ready:
			return true
		case state == connectivity.Idle:
			conn.Connect()
		case state == connectivity.TransientFailure && !patience:
			return false
		}
		if !conn.WaitForStateChange(ctx, state) {
			return false
		}
	}
}

// read makes a request that changes nothing, until a node answers or the context ends.
func (n *nodes) read(ctx context.Context, ops ...clientv3.Op) (*clientv3.TxnResponse, error) {
	var last error
	for ctx.Err() == nil {
		resp, err := n.ask(ctx, request{then: ops})
		if err == nil {
			return resp, nil
		}
		if err := final(err); err != nil {
			return nil, err
		}
		last = err
	}
	return nil, away(ctx, last)
}
