package importers

import (
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// readCSV reads lists of seeds, a token a line, as vendors, Microsoft Entra and motp export write
// them, with names of columns in the first line; and as privacyIDEA and Yubico's programs do, which
// are known by their columns. For others --columns says what the columns are.
//
// A list does not always say all. Codes have six digits, steps 30 seconds and the hash is SHA1
// where nothing else is said, as all these programs have it; but a key of 32 or 64 bytes may be
// meant for SHA256 or SHA512, and whether codes count or go by time is never guessed.
func readCSV(r *reader) {
	if !r.plain() {
		return
	}
	lines := csv.NewReader(strings.NewReader(r.Text))
	lines.Comma, lines.Comment, lines.TrimLeadingSpace = separator(r.Text), '#', true
	rows, line, why := csvRows(lines)
	if why != "" {
		r.skip(line, "", why)
		return
	}
	layout, why := r.Columns.layout(rows)
	if why != "" {
		r.skip(rows[0].line, "", why)
		return
	}
	rows = rows[layout.head:]
	isHex, known := encodingOf(rows, layout)
	for _, row := range rows {
		if row.isBlank() || layout.passes(row) {
			continue
		}
		row.readToken(r, layout, isHex, known)
	}
}

// A csvRow is one record of CSV.
type csvRow struct {
	line  int
	cells []string
}

// csvRows reads all of CSV or nothing: a quote in the wrong place hides lines.
func csvRows(lines *csv.Reader) (rows []csvRow, line int, why string) {
	lines.FieldsPerRecord = -1
	for {
		cells, err := lines.Read()
		var broken *csv.ParseError
		switch {
		case errors.As(err, &broken):
			return nil, broken.StartLine, whyNoCSV
		case err != nil && len(rows) == 0:
			return nil, 1, "is empty"
		case err != nil: // which is the end
			return rows, 0, ""
		}
		line, _ := lines.FieldPos(0)
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, csvRow{line, cells})
	}
}

// separator is what parts the fields of the first line that is no comment.
func separator(text string) rune {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		for _, c := range ",;\t" {
			if strings.ContainsRune(line, c) {
				return c
			}
		}
		break
	}
	return ','
}

func (row csvRow) isBlank() bool { return strings.Join(row.cells, "") == "" }

// encodingOf tells whether the keys of a list are in hex or base32, by those that can be only one.
// It is not known if there are none, or of both.
func encodingOf(rows []csvRow, layout csvLayout) (isHex, known bool) {
	var hex, base32 int
	for _, row := range rows {
		key := layout.get(row, "secret")
		_, one := fromHex(key)
		_, other := uri.DecodeKey(key)
		switch {
		case one && !other:
			hex++
		case other && !one:
			base32++
		}
	}
	return hex > 0, (hex > 0) != (base32 > 0)
}

// readToken reads the token of a row.
func (row csvRow) readToken(r *reader, layout csvLayout, isHex, known bool) {
	user := layout.get(row, "user")
	if user == noUserCSV {
		user = ""
	}
	serial := layout.get(row, "serial")
	if why := layout.leaves(row); why != "" {
		r.skip(row.line, user, why)
		return
	}
	if isMangled(serial) {
		r.skip(row.line, user, "the serial number was made a number with an exponent, by "+
			"a spreadsheet as it seems: export it as text")
		return
	}
	t, why := row.token(layout, isHex, known)
	if why != "" {
		r.skip(row.line, user, why)
		return
	}
	var notes []string
	if t.Type == motp.MobileOTP && hasCapitals(t.Secret) {
		notes = append(notes, noteCapitals)
	}
	r.takeDevice(row.line, serial, user, t, append(notes, layout.notes...)...)
}

// noUserCSV is what privacyIDEA writes for a token that nobody has.
const noUserCSV = "n/a"

// isMangled tells numbers as spreadsheets shorten them: 1.23457E+11.
func isMangled(serial string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(serial), "E+")
	return ok && isDigits(exponent) && consistsOf(mantissa, "0123456789.,")
}

// typesCSV are the types of tokens, by what lists call them.
var typesCSV = map[string]motp.Type{
	"hotp": motp.HOTP, "oathhotp": motp.HOTP, "event": motp.HOTP,
	"totp": motp.TOTP, "oathtotp": motp.TOTP, "time": motp.TOTP,
	"motp": motp.MobileOTP, "mobileotp": motp.MobileOTP,
}

const whyNoType = "does not say whether it is TOTP or HOTP: type=totp or type=hotp in " +
	"--columns does"

// token makes a token of a row, or says why there is none.
func (row csvRow) token(layout csvLayout, isHex, known bool) (t motp.Token, why string) {
	kind := simple(layout.get(row, "type"))
	if kind == "" {
		kind = layout.kindOf(row)
	}
	of, isType := typesCSV[kind]
	switch {
	case kind == "":
		return t, whyNoType
	case !isType:
		return t, "is of a type that motp does not know"
	}
	t.Type, t.PIN = of, layout.get(row, "pin")
	if of == motp.MobileOTP {
		return t, row.mobile(layout, &t)
	}
	if t.Secret, why = row.key(layout, isHex, known); why != "" {
		return t, why
	}
	return t, row.setParameters(layout, &t)
}

// key is the key of a token of TOTP or HOTP.
func (row csvRow) key(layout csvLayout, isHex, known bool) (key, why string) {
	if text := layout.get(row, "hex"); text != "" {
		key, ok := fromHex(text)
		return key, whyUnless(ok, whyHex)
	}
	if text := layout.get(row, "base32"); text != "" {
		key, ok := uri.DecodeKey(text)
		return key, whyUnless(ok, whyKey)
	}
	text := layout.get(row, "secret")
	asHex, one := fromHex(text)
	asBase32, other := uri.DecodeKey(text)
	switch {
	case text == "":
		return "", "has no key"
	case !one && !other:
		return "", "the key is neither hex nor base32, or cut off"
	case one && other && !known:
		return "", "the key may be hex as well as base32: --columns with hex or base32 " +
			"in the place of secret"
	case one && (!other || isHex):
		return asHex, ""
	}
	return asBase32, ""
}

func whyUnless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

// setParameters reads what is said of a token beside its key.
func (row csvRow) setParameters(layout csvLayout, t *motp.Token) (why string) {
	algorithm, digits := layout.get(row, "algorithm"), layout.get(row, "digits")
	period, counter := layout.get(row, "period"), layout.get(row, "counter")
	if either := layout.get(row, "parameter"); t.Type == motp.HOTP {
		counter += either
	} else {
		period += either
	}
	switch {
	case algorithm == "" && (len(t.Secret) == 32 || len(t.Secret) == 64):
		return "the key is as long as one for SHA256 or SHA512, and the list does not " +
			"say which hash it is for: --columns algorithm=sha1, sha256, or sha512"
	case algorithm != "" && !setAlgorithm(t, algorithm):
		return whyAlgorithm
	case digits != "" && !setDigits(t, digits):
		return whyDigits
	case t.Type == motp.TOTP && period != "" && !setPeriod(t, period):
		return whyPeriod
	case t.Type == motp.HOTP && counter != "" && !setCounter(t, counter):
		return whyCounter
	}
	if offset := layout.get(row, "offset"); offset != "" && t.Type == motp.TOTP {
		var ok bool
		if t.Offset, ok = seconds(offset); !ok {
			return whyOffsetCSV
		}
	}
	return ""
}

const whyOffsetCSV = "the offset is not a number of seconds, or more than ten years"

// mobile makes a token of Mobile-OTP, whose secret is hashed as the text that it is.
func (row csvRow) mobile(layout csvLayout, t *motp.Token) (why string) {
	t.Secret = layout.get(row, "secret") + layout.get(row, "hex")
	period, digits := layout.get(row, "period"), layout.get(row, "digits")
	switch {
	case t.Secret == "" || layout.get(row, "base32") != "":
		return "has no secret as text, which Mobile-OTP hashes"
	case t.PIN == "":
		return noPIN
	case digits != "" && digits != strconv.Itoa(motp.CodeLength),
		period != "" && period != strconv.Itoa(int(motp.StepLength/time.Second)):
		return whyNotMobile
	}
	var ok bool
	if offset := layout.get(row, "offset"); offset != "" {
		if t.Offset, ok = seconds(offset); !ok {
			return whyOffsetCSV
		}
	}
	return ""
}

// kindOf tells the type of a token by what else is said of it: only TOTP has an interval, only HOTP
// a counter.
func (l csvLayout) kindOf(row csvRow) string {
	interval, counter := l.get(row, "period") != "", l.get(row, "counter") != ""
	switch {
	case interval && !counter:
		return "totp"
	case counter && !interval:
		return "hotp"
	}
	return ""
}

// passes says that a row is no token, and none that is left either.
func (l csvLayout) passes(row csvRow) bool {
	marks := []string{"loggingstart", "loggingend"}
	return l.yubico && slices.Contains(marks, simple(row.cell(0)))
}

func (row csvRow) cell(i int) string {
	if i >= 0 && i < len(row.cells) {
		return row.cells[i]
	}
	return ""
}
