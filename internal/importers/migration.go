package importers

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Google Authenticator exports its accounts as QR codes with URIs in them,
// otpauth-migration://offline?data=BASE64. The data is a message of protocol buffers: accounts in
// field 1, and, since many accounts take several codes, how many there are in field 3, which one
// this is in 4, and which export they are of in 5.

const migrationScheme = "otpauth-migration:"

// A migration is what one URI holds.
type migration struct {
	accounts    []appToken
	size, index int64
	batch       int64
}

// migrations are the codes of one export that were met: where the first was, and which they are.
type migrations struct {
	size    int64
	file    string
	line    int
	numbers map[int64]bool
}

// takeMigration adds the accounts of a URI.
func (r *reader) takeMigration(line int, s string) {
	m, ok := parseMigration(s)
	if !ok {
		r.skip(line, "", "is no export of Google Authenticator, or cut off")
		return
	}
	all := r.found.batches
	if all == nil {
		all = make(map[int64]migrations)
		r.found.batches = all
	}
	if _, met := all[m.batch]; !met {
		all[m.batch] = migrations{m.size, r.File, line, make(map[int64]bool)}
	}
	all[m.batch].numbers[m.index] = true
	for _, a := range m.accounts {
		r.takeApp(line, a)
	}
	if len(m.accounts) == 0 {
		r.skip(line, "", "is an export of no account")
	}
}

// maxCodes is more QR codes than anybody scans: ten accounts go into each.
const maxCodes = 1000

// missingMigrations tells which QR codes of an export were not there.
func (r *Reading) missingMigrations() {
	for _, m := range r.batches {
		var missing []string
		for i := range min(m.size, maxCodes) {
			if !m.numbers[i] {
				missing = append(missing, strconv.FormatInt(i+1, 10))
			}
		}
		if len(missing) > 0 {
			const why = "is of an export of %d QR codes, of which these are not " +
				"here: %s"
			r.skip(Skipped{m.file, m.line, "",
				fmt.Sprintf(why, m.size, strings.Join(missing, ", "))})
		}
	}
}

// parseMigration reads a URI.
func parseMigration(s string) (m migration, ok bool) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return m, false
	}
	// a plus of base64 that was not escaped is read as a blank
	text := strings.ReplaceAll(u.Query().Get("data"), " ", "+")
	text = strings.TrimRight(text, "=")
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		data, err = base64.RawURLEncoding.DecodeString(text)
	}
	if err != nil || len(data) == 0 {
		return m, false
	}
	ok = eachField(data, func(n protowire.Number, number uint64, bytes []byte) bool {
		switch n {
		case 1:
			a, ok := parseAccount(bytes)
			m.accounts = append(m.accounts, a)
			return ok
		case 3:
			m.size = int64(number)
		case 4:
			m.index = int64(number)
		case 5:
			m.batch = int64(number)
		}
		return true
	})
	return m, ok
}

// What the fields of an account hold, by number.
var (
	algorithmsGoogle = []string{"", "SHA1", "SHA256", "SHA512", "MD5"}
	digitsGoogle     = []string{"", "6", "8"}
	kindsGoogle      = []string{missing, "hotp", "totp"}
)

// parseAccount reads an account: secret, name, issuer, algorithm, digits, type, counter.
func parseAccount(data []byte) (a appToken, ok bool) {
	var issuer string
	a.kind, a.counter = missing, "0"
	ok = eachField(data, func(n protowire.Number, number uint64, bytes []byte) bool {
		switch n {
		case 1:
			a.key = string(bytes)
		case 2:
			a.user = string(bytes)
		case 3:
			issuer = string(bytes)
		case 4:
			a.algorithm = oneOf(algorithmsGoogle, number)
		case 5:
			a.digits = oneOf(digitsGoogle, number)
		case 6:
			a.kind = oneOf(kindsGoogle, number)
		case 7:
			a.counter = strconv.FormatInt(int64(number), 10)
		}
		return true
	})
	a.user = accountOfLabel(a.user, issuer)
	return a, ok
}

// accountOfLabel takes away the issuer that stands before an account. Where it is another one, the
// account stands behind the last colon, as in other URIs.
func accountOfLabel(label, issuer string) string {
	if rest, ok := strings.CutPrefix(label, issuer+":"); ok && issuer != "" {
		return rest
	}
	return label[strings.LastIndex(label, ":")+1:]
}

func oneOf(names []string, n uint64) string {
	if n >= uint64(len(names)) {
		return missing
	}
	return names[n]
}

// eachField calls use with each field of a message: a number, or bytes. Fields of other kinds are
// passed over. False says that it is no message, or one that use refuses.
func eachField(
	data []byte, use func(n protowire.Number, number uint64, bytes []byte) bool,
) bool {
	for len(data) > 0 {
		n, kind, length := protowire.ConsumeTag(data)
		if length < 0 {
			return false
		}
		data = data[length:]
		var number uint64
		var bytes []byte
		known := true
		switch kind {
		case protowire.VarintType:
			number, length = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			bytes, length = protowire.ConsumeBytes(data)
		default:
			known = false
			length = protowire.ConsumeFieldValue(n, kind, data)
		}
		if length < 0 || known && !use(n, number, bytes) {
			return false
		}
		data = data[length:]
	}
	return true
}
