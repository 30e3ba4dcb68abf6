package doctor

import (
	"strings"
	"testing"
)

func TestRoomless(t *testing.T) {
	t.Parallel()
	with := func(options string) string {
		return strings.Replace(aCode, "pam_motp.so", "pam_motp.so "+options, 1)
	}
	finds := func(why string) []string {
		return []string{"error PAM services /etc/pam.d/vsftpd:1 vsftpd allows itself " +
			"200 MiB of addresses, too few for a worker: every code is refused but " +
			"by motpd, " + why}
	}
	findAll(t, []sickness{
		{"without motpd", fileMap("vsftpd", aCode), finds("which does not run")},
		{"with motpd", withMotpd("", "vsftpd", aCode), nil},
		{"with motpd, which may not judge", withMotpd("", "vsftpd", with("motpd=never")),
			finds("and the line keeps it from judging")},
		{"a password does", fileMap("vsftpd", "auth sufficient pam_unix.so\n"+aCode),
			[]string{"warning PAM services /etc/pam.d/vsftpd:2 vsftpd: the Unix " +
				"password"}},
		{"no code", fileMap("vsftpd", passwordAlone), nil},
	})
}
