package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/term/termtest"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

const question = "The code that the token shows now (Enter alone: no check): "

// A terminal of 80 by 24 shows the QR code, the secret and the question for a code at once.
func TestQRFitsTheScreen(t *testing.T) {
	totp := motp.Token{Type: motp.TOTP, Secret: "01234567890123456789"}
	hotp := motp.Token{Type: motp.HOTP, Secret: "01234567890123456789", Counter: 123456}
	rare := motp.Token{Type: motp.TOTP, Secret: "01234567890123456789012345678901",
		Algorithm: motp.SHA256, Digits: 8, Period: 60}
	mobile := motp.Token{Secret: "0123456789abcdef"}
	const longSite = "authentication.frankfurt.example.com"
	for _, c := range []struct {
		name       string
		token      motp.Token
		site, user string
		margin     int // at least
		form       int // of the URI: whole, without the issuer, without the site
	}{
		{"TOTP", totp, "vpn", "alice", 4, 0},
		{"TOTP of a server", totp, "vpn.example.org", "alice", 3, 0},
		{"TOTP of a long name", totp, "bastion.frankfurt.example.com",
			"alice.liddell", 3, 1},
		{"TOTP of very long names", totp, longSite, "alice.liddell@example.com", 1, 1},
		{"TOTP with blanks and umlauts", totp, "Büro 1, Beispiel AG", "jürgen", 3, 1},
		{"TOTP with all that is rare", rare, longSite, "alice.liddell", 1, 2},
		{"HOTP", hotp, "vpn.example.org", "alice", 3, 1},
		{"Mobile-OTP", mobile, "vpn.example.org", "alice", 4, 0},
		{"Mobile-OTP of long names", mobile, longSite, "alice.liddell@example.com", 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, tty := termtest.SitDown(t)
			if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
				t.Fatal(err)
			}
			var complaints bytes.Buffer
			a := &console{out: tty, err: &complaints}
			go func() {
				err := a.printSecret(shownSecret{token: c.token, site: c.site,
					user: c.user, below: 1,
					heading: "Scan this with the token, or type in the " +
						"secret below it:"})
				if err != nil {
					t.Error(err)
				}
				fmt.Fprint(tty, question)
			}()
			p.WaitFor(question)
			e := uri.Enrolment{Site: c.site, User: c.user, Token: c.token}
			want := e.Forms()[c.form]
			s := termtest.ScreenOf(p.Screen(), 80, 24)
			if got, err := s.Scan(); got != want || complaints.Len() > 0 {
				t.Errorf("%q, %v, %q, want %q on\n%s", got, err,
					complaints.String(), want,
					strings.Join(s, "\n"))
			}
			code, err := term.NewQR(want)
			if err != nil {
				t.Fatal(err)
			}
			code.Margin = c.margin
			if least := code.Rows(); len(s)-2 < least {
				t.Errorf("the margin is too narrow: %d lines, want %d",
					len(s)-2, least)
			}
			if !strings.Contains(p.Screen(), want+"\r\n") {
				t.Errorf("the URI of the QR code, %s, is not told", want)
			}
			if n := len(s) - 1; s[n] != question ||
				s[n-1] != uri.SecretInWords(c.token) {
				t.Errorf("the last lines are %q", s[n-1:])
			}
		})
	}
}

// One that cannot fit is shown all the same, since a terminal can be made larger, and said.
func TestQROfAScreenThatIsTooLow(t *testing.T) {
	p, tty := termtest.SitDown(t)
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 12, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	a := &console{out: tty, err: &complaints}
	go func() {
		_ = a.printSecret(shownSecret{token: motp.Token{Secret: "0123456789abcdef"},
			site: "vpn", user: "alice", below: 1})
		a.print("end")
	}()
	p.WaitFor("end\r\n")
	const want = "motp://vpn:alice?secret=0123456789abcdef"
	if got, err := termtest.ScreenOf(p.Screen(), 80, 99).Scan(); got != want {
		t.Errorf("%q, %v", got, err)
	}
	if got := complaints.String(); !strings.Contains(got, "18 are needed, and there are 12") {
		t.Errorf("it says %q", got)
	}
}
