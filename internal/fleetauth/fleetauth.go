// Package fleetauth makes a fleet's users and roles in etcd: who may do what is etcd's to say, by
// the name in a certificate.
//
// A host may write records and its own time, and read the epoch. Whoever looks after the fleet has
// etcd's own role root. What is wanted is compared with what is there, so that it can be asked for
// again behind a failure, or behind a snapshot that knew other hosts.
//
// fleetauth.go has that, and main.go is the program of it, for the folder of an administrator.
//
// The package must not know what is in a record, nor what an administrator is told. Its client is
// large: nothing but the program cmd/motpd-etcd links it.
package fleetauth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/authpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// Config says where etcd is, and what is wanted of it.
type Config struct {
	Endpoints []string
	TLS       *tls.Config // of its administrator, root

	Hosts []string // the users of all hosts

	// IsHost says whether a user is a host's: one that is none of Hosts goes.
	IsHost func(user string) bool
}

// Done is what has been changed.
type Done struct {
	Added, Removed []string // users
}

// Role is what hosts are.
const Role = "motpd"

// root is etcd's own name for its administrator, and for what that may do.
const root = "root"

// rights are those of a host. They are not narrower for each: a host that judges everybody writes
// everybody's record.
var rights = []*authpb.Permission{
	prefix(authpb.READWRITE, "/motp/rec/"),
	prefix(authpb.READWRITE, "/motp/host/"),
	{PermType: authpb.READ, Key: []byte("/motp/epoch")},
}

func prefix(kind authpb.Permission_Type, key string) *authpb.Permission {
	return &authpb.Permission{PermType: kind, Key: []byte(key),
		RangeEnd: []byte(clientv3.GetPrefixRangeEnd(key))}
}

// Prepare has etcd know all hosts and nobody else's, and ask who somebody is. It waits for a
// majority of the nodes until the context ends.
func Prepare(ctx context.Context, c Config) (done Done, err error) {
	client, err := clientv3.New(clientv3.Config{Endpoints: c.Endpoints, TLS: c.TLS,
		Logger: zap.NewNop()})
	if err != nil {
		return done, err
	}
	defer client.Close()
	p := preparing{c, client, &done}
	for _, step := range []func(context.Context) error{
		p.roles, p.administrator, p.hosts, p.enable, p.remove,
	} {
		if err := p.again(ctx, step); err != nil {
			return done, err
		}
	}
	return done, nil
}

// A preparing is Prepare under way. Each of its steps can be made again.
type preparing struct {
	Config
	etcd *clientv3.Client
	done *Done
}

// How long one try of a step has, and how long is waited before the next.
const (
	tryTime   = 5 * time.Second
	retryTime = 200 * time.Millisecond
)

// again makes a step until it succeeds, or cannot.
func (p preparing) again(ctx context.Context, step func(context.Context) error) error {
	for {
		limited, cancel := context.WithTimeout(ctx, tryTime)
		err := step(limited)
		cancel()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, rpctypes.ErrPermissionDenied):
			return fmt.Errorf("etcd does not take this for its administrator's "+
				"certificate: %w", err)
		case final(err):
			return err
		}
		select {
		case <-time.After(retryTime):
		case <-ctx.Done():
			return fmt.Errorf("etcd does not answer, or has no majority of its nodes: "+
				"%w", err)
		}
	}
}

// final says whether it is of no use to ask again.
func final(err error) bool {
	var refused rpctypes.EtcdError
	return errors.As(err, &refused) && !errors.Is(err, rpctypes.ErrNoLeader) &&
		!errors.Is(err, rpctypes.ErrNotCapable) &&
		!errors.Is(err, rpctypes.ErrTimeout) &&
		!errors.Is(err, rpctypes.ErrTimeoutDueToLeaderFail) &&
		!errors.Is(err, rpctypes.ErrTimeoutDueToConnectionLost) &&
		!errors.Is(err, rpctypes.ErrLeaderChanged) &&
		!errors.Is(err, rpctypes.ErrAuthOldRevision) &&
		!errors.Is(err, rpctypes.ErrStopped) &&
		!errors.Is(err, rpctypes.ErrUnhealthy) &&
		!errors.Is(err, rpctypes.ErrTooManyRequests)
}

// unless is an error, unless it says that what is wanted is so already.
func unless(err error, already ...error) error {
	for _, so := range already {
		if errors.Is(err, so) {
			return nil
		}
	}
	return err
}

// roles makes the roles, and has the hosts' grant what it should, and no more.
func (p preparing) roles(ctx context.Context) error {
	for _, role := range []string{root, Role} {
		_, err := p.etcd.RoleAdd(ctx, role)
		if err := unless(err, rpctypes.ErrRoleAlreadyExist); err != nil {
			return err
		}
	}
	have, err := p.etcd.RoleGet(ctx, Role)
	if err != nil {
		return err
	}
	same := func(a *authpb.Permission) func(*authpb.Permission) bool {
		return func(b *authpb.Permission) bool {
			return a.PermType == b.PermType && string(a.Key) == string(b.Key) &&
				string(a.RangeEnd) == string(b.RangeEnd)
		}
	}
	for _, has := range have.Perm {
		if slices.ContainsFunc(rights, same(has)) {
			continue
		}
		_, err := p.etcd.RoleRevokePermission(ctx, Role, string(has.Key),
			string(has.RangeEnd))
		if err := unless(err, rpctypes.ErrPermissionNotGranted); err != nil {
			return err
		}
	}
	for _, right := range rights {
		if slices.ContainsFunc(have.Perm, same(right)) {
			continue
		}
		if _, err := p.etcd.RoleGrantPermission(ctx, Role, string(right.Key),
			string(right.RangeEnd),
			clientv3.PermissionType(right.PermType)); err != nil {
			return err
		}
	}
	return nil
}

func (p preparing) administrator(ctx context.Context) error { return p.user(ctx, root, root) }

func (p preparing) hosts(ctx context.Context) error {
	for _, host := range p.Hosts {
		if err := p.user(ctx, host, Role); err != nil {
			return err
		}
	}
	return nil
}

// user makes a user with one role, who has no password: a certificate is what counts.
func (p preparing) user(ctx context.Context, name, role string) error {
	has, err := p.etcd.UserGet(ctx, name)
	if errors.Is(err, rpctypes.ErrUserNotFound) {
		_, err = p.etcd.UserAddWithOptions(ctx, name, "",
			&clientv3.UserAddOptions{NoPassword: true})
		if err == nil {
			p.done.Added = append(p.done.Added, name)
		}
		err = unless(err, rpctypes.ErrUserAlreadyExist)
	}
	if err != nil {
		return err
	}
	if has != nil && slices.Contains(has.Roles, role) {
		return nil
	}
	_, err = p.etcd.UserGrantRole(ctx, name, role)
	return err
}

// enable has etcd ask who somebody is. Where it does already, this is no error.
func (p preparing) enable(ctx context.Context) error {
	_, err := p.etcd.AuthEnable(ctx)
	return err
}

// remove takes those users away whose host is none of the fleet's. Their connections are of no more
// use at once.
func (p preparing) remove(ctx context.Context) error {
	users, err := p.etcd.UserList(ctx)
	if err != nil {
		return err
	}
	for _, name := range users.Users {
		if !p.IsHost(name) || slices.Contains(p.Hosts, name) {
			continue
		}
		_, err := p.etcd.UserDelete(ctx, name)
		if err := unless(err, rpctypes.ErrUserNotFound); err != nil {
			return err
		}
		p.done.Removed = append(p.done.Removed, name)
	}
	return nil
}
