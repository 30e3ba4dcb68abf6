package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/test/etcd"
	"github.com/pam-motp/pam-motp/test/fleet"
)

// fleetUsers is how many users the fleet's table has.
const fleetUsers = 20_000

// fleet measures what a login costs whose record is on etcd, three nodes on loopback, beside one
// whose record is in a file; how many of them there are in a second; and what motpd-etcd takes up.
func (b *bench) fleet() error {
	store, err := b.startStore()
	if err != nil {
		return err
	}
	defer store.Stop()
	names := make([]string, fleetUsers)
	var table strings.Builder
	for i := range names {
		names[i] = crowd(i)
		table.WriteString(named(hotp, names[i]))
	}
	settings, err := b.fleetSettings(store)
	if err != nil {
		return err
	}
	inFiles, err := b.site("in-files", table.String())
	if err != nil {
		return err
	}
	shared, err := b.siteOf("build/motpd-etcd", "fleet", settings+table.String())
	if err != nil {
		return err
	}
	if err := b.fleetOne(inFiles, shared, names[0]); err != nil {
		return err
	}
	if err := b.fleetMany(inFiles, shared, names[1:1+mostSessions]); err != nil {
		return err
	}
	return b.fleetMemory(shared, names[1+mostSessions:])
}

// startStore starts etcd, with its files on the disk on which all records are.
func (b *bench) startStore() (*etcd.Cluster, error) {
	dir := filepath.Join(b.dir, "etcd")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	store, err := etcd.Start(dir, etcd.Options{Direct: true})
	if err != nil {
		return nil, err
	}
	if err := fleet.Begin(store); err != nil {
		store.Stop()
		return nil, err
	}
	return store, nil
}

// fleetSettings are those of a table whose records are in a store.
func (b *bench) fleetSettings(store *etcd.Cluster) (string, error) {
	cert, key, err := store.Cert("motpd")
	if err != nil {
		return "", err
	}
	fleetKey := filepath.Join(b.dir, "fleet.key")
	err = os.WriteFile(fleetKey, []byte(base64.StdEncoding.EncodeToString(fleet.Key)+"\n"),
		0o600)
	nodes := strings.Join(store.Endpoints(), " ")
	return fmt.Sprintf("store = etcd %s\nstore_ca = %s\nstore_cert = %s\nstore_key = %s\n"+
		"fleet = example\nfleet_key = %s\n", nodes, store.CA(), cert, key, fleetKey), err
}

// fleetOne compares logins of one session.
func (b *bench) fleetOne(inFiles, shared *site, user string) error {
	floor := permit()
	of := func(name string, s *site) *login {
		return &login{name: name, service: byMotpd, user: user, code: counted(1), at: s}
	}
	files, store := of("motpd, records in files", inFiles), of("motpd-etcd", shared)
	for _, l := range []*login{files, store} {
		first := l.anew()
		first.code = counted(0)
		if err := l.at.settled(first); err != nil {
			return err
		}
	}
	if err := b.interleave(b.runs, []*login{floor, files, store}); err != nil {
		return err
	}
	b.report.times("Records that servers share", floor, []*login{floor, files, store})
	b.report.atMost("a login with its record on etcd (loopback) takes more than with a file by",
		store.over(floor)-files.over(floor), 2, " ms")
	return nil
}

// fleetMany measures how many logins of many sessions there are in a second. Hosts stay, and are
// there before: to start a program takes longer than a login.
func (b *bench) fleetMany(inFiles, shared *site, users []string) error {
	const each = 20
	var sides [2]hosts
	var rates [2][]float64
	var err error
	for i, s := range []*site{inFiles, shared} {
		if sides[i], err = s.hosts(mostSessions); err != nil {
			return err
		}
		if err := sides[i].logins(users, 0, len(users)); err != nil {
			return err
		}
	}
	done := len(users)
	for range max(b.runs/20, 7) {
		for i, all := range sides {
			began := time.Now()
			if err := all.logins(users, done, each*len(users)); err != nil {
				return err
			}
			rates[i] = append(rates[i],
				float64(each*len(users))/time.Since(began).Seconds())
		}
		done += each * len(users)
	}
	if err := errors.Join(sides[0].end(), sides[1].end()); err != nil {
		return err
	}
	t := newTable("Logins a second of "+strconv.Itoa(mostSessions)+" hosts that stay", "",
		"median", "least", "most")
	for i, name := range []string{"motpd, records in files", "motpd-etcd"} {
		t.rows = append(t.rows, []string{name, fmt.Sprintf("%.0f", median(rates[i])),
			fmt.Sprintf("%.0f", slices.Min(rates[i])),
			fmt.Sprintf("%.0f", slices.Max(rates[i]))})
	}
	b.report.tables = append(b.report.tables, t)
	b.report.atLeast(fmt.Sprintf("logins a second from %d sessions, records on etcd",
		mostSessions), median(rates[1]), 1500)
	return nil
}

// fleetMemory has all users log in, and looks at what motpd-etcd takes up then.
func (b *bench) fleetMemory(shared *site, users []string) error {
	if err := shared.logins(users, 8, 0, len(users)); err != nil {
		return err
	}
	m, err := shared.memory()
	if err != nil {
		return err
	}
	b.report.atMost(fmt.Sprintf("motpd-etcd's memory, when all of %s users have logged in",
		thousands(fleetUsers)), float64(m.all)/1024, 40, " MB")
	b.report.note("motpd-etcd's own part of its memory: %.1f MB, and %d threads",
		float64(m.own)/1024, m.threads)
	return nil
}
