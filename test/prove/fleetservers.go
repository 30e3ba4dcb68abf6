package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pam-motp/pam-motp/test/etcd"
	"github.com/pam-motp/pam-motp/test/fleet"
	"github.com/pam-motp/pam-motp/test/stage"
)

// motpdEtcdProgram is the motpd-etcd that is tried.
func motpdEtcdProgram() string { return tool("motpd-etcd") }

// A server is one of a fleet: a room of its own, with a motpd-etcd in it.
type server struct {
	door
	motpd *resident
}

// fleetServers has hosts on five servers ask their motpd-etcd.
func (l *lab) fleetServers() error {
	const servers, users, each, allowed, guesses = 5, 50, 20, 8, 50
	dir, err := os.MkdirTemp("/tmp", "etcd")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	store, err := etcd.Start(dir, etcd.Options{})
	if err != nil {
		return err
	}
	defer store.Stop()
	if err := fleet.Begin(store); err != nil {
		return err
	}
	all := people("user", users+1)
	var fleets []*server
	for i := range servers {
		s, err := newServer(store, fmt.Sprint("server", i), all)
		if err != nil {
			return err
		}
		defer s.remove()
		fleets = append(fleets, s)
	}
	guessed := all[users]
	err = errors.Join(l.sameCodes(fleets, attemptsOf(all[:users], each)),
		l.fleetGuesses(fleets, guessed, stage.WrongCodes(guesses, guessed.secret,
			guessed.pin), allowed))
	for _, s := range fleets {
		err = errors.Join(err, s.motpd.stop())
	}
	return err
}

// newServer starts one with a name and these users.
func newServer(store *etcd.Cluster, name string, all []person) (*server, error) {
	cert, key, err := store.Cert("motpd")
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf("store = etcd %s\nstore_ca = %s\nstore_cert = %s\nstore_key = %s\n"+
		"fleet = example\nfleet_key = /etc/security/fleet.key\n",
		strings.Join(store.Endpoints(), " "), store.CA(), cert, key)
	room, err := newRoom("/tmp", settings, all...)
	if err != nil {
		return nil, err
	}
	s := &server{door: door{site: room}}
	// a host of its own among those of the fleet
	started := fmt.Sprintf(
		"#!/bin/sh\nexec unshare --uts sh -c 'hostname %s && exec %s \"$@\"' "+
			"%[1]s \"$@\"\n",
		name,
		motpdEtcdProgram(),
	)
	program := filepath.Join(room.dir, "motpd")
	err = errors.Join(os.WriteFile(filepath.Join(room.dir, "fleet.key"),
		[]byte(base64.StdEncoding.EncodeToString(fleet.Key)+"\n"), 0o600),
		os.WriteFile(program, []byte(started), 0o700))
	if err == nil {
		s.motpd, err = room.startMotpdAs(program, nil)
	}
	if err == nil {
		s.service, err = room.service(room.state, byMotpdOnly)
	}
	if err != nil {
		room.remove()
		return nil, err
	}
	return s, nil
}

// sameCodes types each code at the same moment on two servers, by turns: it is good on one.
func (l *lab) sameCodes(fleets []*server, attempts []attempt) error {
	const pairs = 8
	line := l.report.add("%d codes, each typed at the same moment on two of %d servers",
		len(attempts), len(fleets))
	var wait sync.WaitGroup
	errs := make([]error, pairs)
	for pair := range pairs {
		var own []attempt
		for at := pair; at < len(attempts); at += pairs {
			own = append(own, attempts[at])
		}
		a, b := fleets[pair%len(fleets)], fleets[(pair+1+pair/len(fleets))%len(fleets)]
		wait.Add(1)
		go func() {
			defer wait.Done()
			errs[pair] = sameCodesOn(line, []door{a.door, b.door}, own)
		}()
	}
	wait.Wait()
	return errors.Join(errs...)
}

func sameCodesOn(line *line, doors []door, attempts []attempt) error {
	var hosts []*host
	for _, d := range doors {
		h, err := d.newHost()
		if err != nil {
			return err
		}
		defer h.kill()
		hosts = append(hosts, h)
	}
	for _, a := range attempts {
		results, err := typeAtOnce(doors, hosts, a, 0)
		if err != nil {
			return err
		}
		accepted := 0
		for _, result := range results {
			line.note(codeName(result))
			switch result {
			case success:
				accepted++
			case authErr:
			default:
				line.broken(
					"code %s of %s: %s",
					a.code,
					a.who.name,
					codeName(result),
				)
			}
		}
		if accepted != 1 {
			line.broken(
				"code %s of %s was accepted %d times",
				a.code,
				a.who.name,
				accepted,
			)
		}
	}
	return nil
}

// fleetGuesses spreads guesses over all servers at once: no more of them are looked at than one
// server allows, and all refuse the right code then.
func (l *lab) fleetGuesses(fleets []*server, p person, guesses []string, allowed int) error {
	line := l.report.add("%d guesses of one user's codes, spread over %d servers at once",
		len(guesses), len(fleets))
	var wait sync.WaitGroup
	errs := make([]error, len(guesses))
	for i, code := range guesses {
		wait.Add(1)
		go func() {
			defer wait.Done()
			d := fleets[i%len(fleets)].door
			errs[i] = d.try(line, p, code, authErr)
		}()
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i, code := range p.codes(0, len(fleets)) {
		if err := fleets[i].try(line, p, code, authErr); err != nil {
			return err
		}
	}
	lines, err := l.machine.Log.Module(p.name)
	if err != nil {
		return err
	}
	reasons := map[string]int{}
	for _, text := range lines {
		_, after, _ := strings.Cut(text, "reason=")
		word, _, _ := strings.Cut(after, " ")
		reasons[word]++
	}
	line.result = fmt.Sprintf("%d judged, %d for a locked user", reasons["wrong"],
		reasons["locked"])
	if reasons["wrong"] != allowed ||
		reasons["locked"] != len(guesses)-allowed+len(fleets) {
		line.broken("the log says %v", reasons)
	}
	return nil
}

// try has somebody type a code, again where too many wait for the record already.
func (d door) try(line *line, p person, code string, want int) error {
	h, err := d.newHost()
	if err != nil {
		return err
	}
	result := authinfoUnavail
	for result == authinfoUnavail && err == nil {
		result, err = h.login(d.site, d.service, p.name, code)
	}
	if err == nil && result != want {
		line.broken("code %s of %s: %s", code, p.name, codeName(result))
	}
	line.note(codeName(result))
	return errors.Join(err, h.stop())
}
