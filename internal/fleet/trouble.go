package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// trouble is why the last connection to a node failed; nothing if it did not. The client keeps that
// to itself.
type trouble struct{ last atomic.Pointer[error] }

func (t *trouble) note(err error) { t.last.Store(&err) }

// or is an error, with the trouble if there is any.
func (t *trouble) or(err error) error {
	if last := t.last.Load(); last != nil {
		return errors.Join(err, *last)
	}
	return err
}

// watched are the options of a client whose connections tell what is wrong with them.
func (t *trouble) watched(by credentials.TransportCredentials) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(watchedCredentials{by, t}),
		grpc.WithContextDialer(func(ctx context.Context, at string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
			if err != nil {
				t.note(err)
			}
			return conn, err
		}),
	}
}

type watchedCredentials struct {
	credentials.TransportCredentials
	trouble *trouble
}

func (w watchedCredentials) ClientHandshake(ctx context.Context, authority string,
	raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := w.TransportCredentials.ClientHandshake(ctx, authority, raw)
	if err != nil {
		w.trouble.note(err)
		return nil, nil, err
	}
	return &watchedConn{Conn: conn, trouble: w.trouble}, info, nil
}

func (w watchedCredentials) Clone() credentials.TransportCredentials {
	return watchedCredentials{w.TransportCredentials.Clone(), w.trouble}
}

// A watchedConn tells what comes of its first read: a node refuses a certificate behind all else.
type watchedConn struct {
	net.Conn
	trouble *trouble
	read    bool
}

// errHungUp is the trouble with a node that says nothing at all.
var errHungUp = errors.New("the node ends the connection; its log says why (a certificate that " +
	"was revoked?)")

func (c *watchedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.read {
		return n, err
	}
	c.read = true
	switch {
	case err == nil:
		c.trouble.last.Store(nil)
	case errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET):
		c.trouble.note(fmt.Errorf("%w: %w", errHungUp, err))
	case !errors.Is(err, net.ErrClosed): // by ourselves
		c.trouble.note(err)
	}
	return n, err
}
