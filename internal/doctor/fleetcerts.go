package doctor

import (
	"os"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleetkeys"
)

// soon is how long before its end a certificate is worth a word.
const soon = 30 * 24 * time.Hour

// What to do about certificates: a host's own is made anew, while the authority's, without which
// that is of no use, lasts as long as the fleet.
const (
	mendCert = "motp fleet join once more gives this host a new one, without a restart"
	mendCA   = "if it is not that of the fleet's folder, motp fleet join once more brings " +
		"it; the authority itself cannot be made longer: make another fleet, which " +
		"all hosts join, in time"
)

// FleetCertificates tells which certificates of a host in a fleet cannot be used, or end soon.
func FleetCertificates(f conf.Fleet, now time.Time) []Finding {
	return fleetCertificates(f, now, func(file string) string { return file })
}

// fleetCertificates is FleetCertificates for files that stand elsewhere.
func fleetCertificates(f conf.Fleet, now time.Time, at func(string) string) (all []Finding) {
	for _, c := range []struct{ file, mend string }{{f.Cert, mendCert}, {f.CA, mendCA}} {
		text, err := os.ReadFile(at(c.file))
		if err != nil {
			all = append(all, Finding{Severity: Error, File: c.file, Mend: mendCert,
				What: "nobody but local users gets in: " + plain(err)})
			continue
		}
		if found, bad := certificate(text, now); bad {
			found.File, found.Mend = c.file, c.mend
			all = append(all, found)
		}
	}
	return all
}

// certificate looks at when a certificate ends.
func certificate(text []byte, now time.Time) (found Finding, bad bool) {
	cert, err := fleetkeys.ParseCert(text)
	switch {
	case err != nil:
		return Finding{Severity: Error,
			What: "is no certificate: nobody but local users gets in"}, true
	case now.After(cert.NotAfter):
		return Finding{Severity: Error, What: "ended at " +
			cert.NotAfter.Format(time.DateTime) +
			": nobody but local users gets in"}, true
	case now.Add(soon).After(cert.NotAfter):
		return Finding{Severity: Warning, What: "ends at " +
			cert.NotAfter.Format(time.DateTime) +
			": from then on nobody but local users gets in"}, true
	}
	return Finding{}, false
}
