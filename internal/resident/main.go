package resident

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/internal/version"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

const usage = `motpd checks one-time passwords for the PAM module pam_motp, without a process
for each login, and for programs that do not run as root. It serves the table
/etc/security/motp.conf and the records in /var/lib/motp, and no others.

systemd starts it when somebody logs in (motpd.socket, motpd-root.socket). Without
systemd, start it at boot, as root:  motpd --listen /run/motp

Usage:
  motpd [flags]

Examples:
  systemctl enable --now motpd.socket motpd-root.socket    serve from now on
  motpd --check                        could it serve?
  motpd --listen /run/motp             serve without systemd

Flags:
`

// idleEnd is how long motpd stays without anything to do, where systemd will start it again.
const idleEnd = 5 * time.Minute

// Main is the program motpd: it serves until it is told to end, and returns the status to exit
// with.
func Main(args []string) int {
	flags := pflag.NewFlagSet("motpd", pflag.ContinueOnError)
	flags.SortFlags = false
	folder := flags.String("listen", "", "make the sockets in this `folder`, and listen there")
	check := flags.Bool("check", false, "say whether motpd could serve, and end")
	showVersion := flags.BoolP("version", "v", false, "print the version")
	help := flags.BoolP("help", "h", false, "print this help")
	flags.Usage = func() {}
	if err := flags.Parse(args[1:]); err != nil {
		return complain(err.Error() + `; "motpd --help" has the flags`)
	}
	if flags.NArg() > 0 {
		return complain("motpd takes no words: " + flags.Arg(0) +
			`; "motpd --help" has the flags`)
	}
	switch {
	case *help:
		fmt.Print(usage + flags.FlagUsages())
		return 0
	case *showVersion:
		fmt.Println("motpd " + version.Text())
		return 0
	case *check:
		return checkSite(os.Stdout, site.Keep(site.DefaultTable, site.DefaultRecords,
			os.Getenv(credentialsFolder)))
	}
	if err := run(*folder); err != nil {
		return complain(err.Error())
	}
	return 0
}

func complain(what string) int {
	fmt.Fprintln(os.Stderr, "motpd: "+what)
	return 1
}

// run serves until a signal, or until nobody has wanted anything for a while.
func run(folder string) error {
	if unix.Geteuid() != 0 {
		return errors.New("the table and the records are root's: run it as root")
	}
	if err := closeUp(); err != nil {
		return err
	}
	listeners, err := listenersFor(folder)
	if err != nil {
		return err
	}
	handover := handoverIn(folderOf(folder))
	tickets, err := inherit(handover)
	if err != nil {
		return err
	}
	s := newServer(site.Keep(site.DefaultTable, site.DefaultRecords,
		os.Getenv(credentialsFolder)), openJournal(), tickets)
	// Go ends a program that writes to a standard error which nobody reads any more. Log lines
	// go there where there is no other log.
	signal.Ignore(unix.SIGPIPE)
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	for _, l := range listeners {
		s.serve(l)
	}
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	idle := idleEnd
	if folder != "" {
		idle = 0 // nobody would start it again
	}
	s.wait(ends, idle)
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	s.stop()
	if err := s.tickets.leave(handover); err != nil {
		fmt.Fprintln(os.Stderr, "motpd: who is being asked now must log in anew: "+
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

func listenersFor(folder string) ([]*listener, error) {
	if folder != "" {
		return listenIn(folder)
	}
	listeners, err := inherited()
	if err == nil && len(listeners) == 0 {
		err = errors.New("no sockets: systemd starts motpd with them (systemctl enable " +
			"--now motpd.socket motpd-root.socket); without systemd: motpd --listen " +
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
	_, err := at.Settings()
	say("table "+at.Table(), err)
	_, err = at.Store.Names(context.Background())
	say("records "+at.Records(), err)
	if keys, err := at.Keys.IDs(); err != nil || len(keys) > 0 {
		say("keys of what is sealed", err)
	}
	if !ok {
		return 1
	}
	return 0
}
