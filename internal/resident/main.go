package resident

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/internal/version"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// idleEnd is how long motpd stays without anything to do, where systemd will start it again.
const idleEnd = 5 * time.Minute

func (p edition) main(args []string) int {
	flags := pflag.NewFlagSet(p.name, pflag.ContinueOnError)
	flags.SortFlags = false
	folder := flags.String("listen", "", "make the sockets in this `folder`, and listen there")
	check := flags.Bool("check", false, "say whether it could serve, and end")
	showVersion := flags.BoolP("version", "v", false, "print the version")
	help := flags.BoolP("help", "h", false, "print this help")
	flags.Usage = func() {}
	if err := flags.Parse(args[1:]); err != nil {
		return p.complain(err.Error() + `; "` + p.name + ` --help" has the flags`)
	}
	if flags.NArg() > 0 {
		return p.complain(p.name + " takes no words: " + flags.Arg(0) + `; "` + p.name +
			` --help" has the flags`)
	}
	switch {
	case *help:
		fmt.Print(p.usage() + flags.FlagUsages())
		return 0
	case *showVersion:
		fmt.Println(p.name + " " + version.Text())
		return 0
	case *check:
		at := p.site()
		defer at.Close()
		return checkSite(os.Stdout, at)
	}
	if err := p.run(*folder); err != nil {
		return p.complain(err.Error())
	}
	return 0
}

func (p edition) complain(what string) int {
	fmt.Fprintln(os.Stderr, p.name+": "+what)
	return 1
}

// site is the one that is served.
func (p edition) site() *site.Site {
	return site.Keep(site.DefaultTable, site.DefaultRecords,
		os.Getenv(credentialsFolder)).WithFleet(p.open)
}

// run serves until a signal, or until nobody has wanted anything for a while.
func (p edition) run(folder string) error {
	if unix.Geteuid() != 0 {
		return errors.New("the table and the records are root's: run it as root")
	}
	if err := closeUp(); err != nil {
		return err
	}
	listeners, err := p.listenersFor(folder)
	if err != nil {
		return err
	}
	handover := handoverIn(folderOf(folder))
	tickets, err := inherit(handover)
	if err != nil {
		return err
	}
	s := newServer(p.site(), openJournal(), tickets)
	defer s.site.Close()
	// Go ends a program that writes to a standard error which nobody reads any more. Log lines
	// go there where there is no other log.
	signal.Ignore(unix.SIGPIPE)
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	if p.open != nil {
		debug.SetGCPercent(fleetGarbage)
	}
	s.openFleet()
	for _, l := range listeners {
		s.serve(l)
	}
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	if p.open != nil {
		ctx, end := context.WithCancel(context.Background())
		defer end()
		go s.showTables(ctx)
	}
	idle := idleEnd
	if folder != "" || p.open != nil {
		idle = 0 // nobody would start it again, or it would forget what it has seen
	}
	s.wait(ends, idle)
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	s.stop()
	if err := s.tickets.leave(handover); err != nil {
		fmt.Fprintln(os.Stderr, p.name+": who is being asked now must log in anew: "+
			err.Error())
	}
	if folder != "" {
		// nobody listens there any more
		_ = os.Remove(filepath.Join(folder, rootSocket))
		_ = os.Remove(filepath.Join(folder, othersSocket))
	}
	return nil
}

// wait waits for the end: a signal, or, unless idle is 0, so long a time in which nobody has wanted
// anything. SIGHUP is passed over: a change of the table is seen without it.
func (s *Server) wait(ends <-chan os.Signal, idle time.Duration) {
	var look <-chan time.Time
	if idle > 0 {
		ticker := time.NewTicker(idle / 20)
		defer ticker.Stop()
		look = ticker.C
	}
	for {
		select {
		case sig := <-ends:
			if sig != unix.SIGHUP {
				return
			}
		case <-look:
			if s.idleFor() >= idle {
				return
			}
		}
	}
}

func (p edition) listenersFor(folder string) ([]*listener, error) {
	if folder != "" {
		return listenIn(folder)
	}
	listeners, err := inherited()
	if err == nil && len(listeners) == 0 {
		err = errors.New("no sockets: systemd starts " + p.name + " with them (" + p.start +
			"); without systemd: " + p.name + " --listen " +
			filepath.Dir(ask.RootSocket))
	}
	return listeners, err
}

// closeUp keeps what is in this process from whoever might look: no core dumps, no ptrace, and,
// where it may be had, no swap.
func closeUp() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	unix.Umask(0o077)
	_ = unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT)
	return nil
}

// credentialsFolder is the variable that says where systemd has left this service's credentials.
const credentialsFolder = "CREDENTIALS_DIRECTORY"

// fleetGarbage is how much garbage there may be, in percent of what is in use. A fleet's store
// keeps what it has seen of all records, ten megabytes and more, and as much garbage would stay
// locked in memory beside it.
const fleetGarbage = 20

// openFleet opens the store that the table names, if it does, so that nobody's login has to wait
// for connections. A mistake there keeps nobody out who is local.
func (s *Server) openFleet() {
	if err := s.site.OpenFleet(); err != nil {
		s.journal.note(priorityError, "only local users get in: "+err.Error())
	}
}

// checkSite says whether motpd could serve a site, and what keeps it from that.
func checkSite(out io.Writer, at *site.Site) int {
	ok := true
	say := func(what string, err error) {
		if err != nil {
			ok = false
			fmt.Fprintf(out, "%s: %v\n", what, err)
			return
		}
		fmt.Fprintf(out, "%s: ok\n", what)
	}
	settings, err := at.Settings()
	say("table "+at.Table(), err)
	if nodes := settings.Fleet.Nodes; len(nodes) > 0 {
		say("records of "+settings.Fleet.Name+" at "+strings.Join(nodes, " "),
			checkFleet(at.StoreIn(settings.Fleet)))
	}
	_, err = at.Files.Names(context.Background())
	say("records "+at.Records(), err)
	if keys, err := at.Keys.IDs(); err != nil || len(keys) > 0 {
		say("keys of what is sealed", err)
	}
	if !ok {
		return 1
	}
	return 0
}

// errChecked ends a change that is none.
var errChecked = errors.New("nothing is to be changed")

// checkFleet says what would keep a user out. It comes as far as a login does that is not written,
// under a name that nobody has.
func checkFleet(at motp.Store) error {
	err := at.Update(context.Background(), "motpd --check",
		func(motp.Current) (motp.Next, error) { return motp.Next{}, errChecked })
	if errors.Is(err, errChecked) {
		return nil
	}
	return err
}
