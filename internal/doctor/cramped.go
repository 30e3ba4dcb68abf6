package doctor

import "github.com/pam-motp/pam-motp/conf"

// cramped are services of programs that limit their own addresses and give up the right to have
// more, and how many they leave, which no setting changes: too few for a worker.
var cramped = map[string]string{"vsftpd": "200 MiB"}

// roomless finds services of programs in which no worker starts, and that motpd does not judge for.
func (v *visit) roomless() {
	for _, s := range v.services {
		room := cramped[s.Name]
		if room == "" || len(s.lines) == 0 || !s.needs("authinfo_unavail") {
			continue
		}
		what, mend := "", ""
		switch {
		case s.position() != position{conf.DefaultPath, conf.DefaultState}:
			what, mend = "which does not serve "+s.position().conf,
				"remove conf= and state= from the line"
		case !mayAskMotpd(s.lines[0]):
			what, mend = "and the line keeps it from judging", "remove motpd=never"
		case !v.motpdServes():
			what, mend = "which does not run", v.manager().StartMotpd()
		default:
			continue
		}
		v.errorAt(s.File, s.lines[0].Top, s.Name+" allows itself "+room+
			" of addresses, too few for a worker: every code is refused but by motpd, "+
			what, mend)
	}
}
