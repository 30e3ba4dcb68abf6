package resident

import (
	"github.com/pam-motp/pam-motp/internal/site"
)

// An edition is one of the programs that are motpd.
type edition struct {
	name  string
	about string // what it is for
	start string // how systemd starts it

	// open opens a store that many servers share; nil if the program has none.
	open site.FleetOpener
}

const motpdAbout = `motpd checks one-time passwords for the PAM module pam_motp, without a process
for each login, and for programs that do not run as root. It serves the table
/etc/security/motp.conf and the records in /var/lib/motp, and no others.

systemd starts it when somebody logs in (motpd.socket, motpd-root.socket). Without
systemd, start it at boot, as root:  motpd --listen /run/motp
`

const etcdAbout = `motpd-etcd is motpd for a fleet: servers that share their records, on
etcd, so that a code that was used on one is used on all. The table
/etc/security/motp.conf says where they are (store, store_ca, store_cert,
store_key, fleet, fleet_key). Records of users with "local = yes" stay in
/var/lib/motp.

systemd starts it at boot, in the place of motpd. Without systemd, start it at
boot, as root:  motpd-etcd --listen /run/motp
`

var motpd = edition{
	name: "motpd", about: motpdAbout,
	start: "systemctl enable --now motpd.socket motpd-root.socket",
}

// motpdEtcd takes the place of motpd.service, whose sockets stay open meanwhile. If that runs,
// there is nothing to start, and it is to be another program.
func motpdEtcd(open site.FleetOpener) edition {
	return edition{
		name: "motpd-etcd", about: etcdAbout, open: open,
		start: "systemctl enable motpd-etcd.service && " +
			"systemctl restart motpd-etcd.service",
	}
}

// Main is the program motpd: it serves until it is told to end, and returns the status to exit
// with.
func Main(args []string) int { return motpd.main(args) }

// MainOfFleet is the program motpd-etcd: Main with the store that many servers share, and without
// an end for want of work.
func MainOfFleet(args []string, open site.FleetOpener) int { return motpdEtcd(open).main(args) }

// usage is the beginning of what --help prints.
func (p edition) usage() string {
	return p.about + `
Usage:
  ` + p.name + ` [flags]

Examples:
  ` + p.start + `
                                       serve from now on
  ` + p.name + ` --check               could it serve?
  ` + p.name + ` --listen /run/motp    serve without systemd

Flags:
`
}
