package importers

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// What the exports of apps on phones share: a list of accounts in JSON, of which each says the same
// things by names of its own. The issuer is where the codes are for, and is left.

// An appToken is an account as an app has it. What is empty is as most tokens have it.
type appToken struct {
	user      string
	kind      string // totp, hotp, motp, steam, yandex; in any case
	base32    string // the key, or
	key       string // the key in bytes, or Mobile-OTP's secret as text
	algorithm string
	digits    string
	period    string
	counter   string
	next      bool // the counter is that of the last code, and not of the next
	pin       string
}

const whySteam = "is Steam's, whose codes are of letters, which motp.conf cannot say"

// missing is the value of what an app always writes, and has not.
const missing = "missing"

// takeApp adds an account, or says why it is left.
func (r *reader) takeApp(line int, a appToken, notes ...string) {
	name := strings.TrimSpace(a.user)
	if name == "" {
		r.skip(line, "", whyName)
		return
	}
	if strings.EqualFold(a.kind, "motp") && a.pin == "" && a.key != "" {
		a.pin = r.pin(name)
	}
	t, why := a.token()
	if why != "" {
		r.skip(line, name, why)
		return
	}
	if t.Type == motp.MobileOTP && hasCapitals(t.Secret) {
		notes = append(notes, noteCapitals)
	}
	r.take(line, name, t, notes...)
}

func (a appToken) token() (t motp.Token, why string) {
	switch strings.ToLower(a.kind) {
	case "totp":
		t.Type = motp.TOTP
	case "hotp":
		t.Type = motp.HOTP
	case "motp":
		return a.mobile()
	case "steam":
		return t, whySteam
	default:
		return t, "is of a type that motp does not know"
	}
	t.Secret = a.key
	if a.base32 != "" || a.key == "" {
		var ok bool
		if t.Secret, ok = uri.DecodeKey(a.base32); !ok {
			return t, whyKey
		}
	}
	switch {
	case a.algorithm != "" && !setAlgorithm(&t, a.algorithm):
		return t, whyAlgorithm
	case a.digits != "" && !setDigits(&t, a.digits):
		return t, whyDigits
	case t.Type == motp.TOTP && a.period != "" && !setPeriod(&t, a.period):
		return t, whyPeriod
	case t.Type == motp.HOTP && !a.setCounter(&t):
		return t, whyCounter
	}
	return t, ""
}

func (a appToken) setCounter(t *motp.Token) bool {
	if a.next {
		return a.counter == "-1" || setUsedCounter(t, a.counter)
	}
	return setCounter(t, a.counter)
}

// mobile makes a token of Mobile-OTP, which has steps of ten seconds and codes of six digits.
func (a appToken) mobile() (t motp.Token, why string) {
	t = motp.Token{Secret: a.key, PIN: a.pin}
	switch {
	case t.Secret == "":
		return t, "has no secret"
	case a.algorithm != "" && !strings.EqualFold(a.algorithm, "MD5"):
		return t, "is hashed otherwise than with md5, so it is not Mobile-OTP"
	case a.digits != "" && a.digits != strconv.Itoa(motp.CodeLength),
		a.period != "" && a.period != strconv.Itoa(int(motp.StepLength/time.Second)):
		return t, whyNotMobile
	case t.PIN == "":
		return t, noPIN
	}
	return t, ""
}

// number is a number of JSON as it is written, or a text that holds one. One that is missing, or
// null, is empty.
type number string

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s != "null" {
		*n = number(s)
	}
	return nil
}

// jsonEntries calls read with each entry of a list, and the line where it stands. What was
// encrypted stands in the first.
func (r *reader) jsonEntries(raw []json.RawMessage, read func(line int, entry json.RawMessage)) {
	line, rest := 1, r.Text
	for _, entry := range raw {
		before, after, found := strings.Cut(rest, string(entry))
		if r.opened || !found {
			read(line, entry)
			continue
		}
		line += strings.Count(before, "\n")
		read(line, entry)
		line += strings.Count(string(entry), "\n")
		rest = after
	}
}
