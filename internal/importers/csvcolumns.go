package importers

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// What the columns of a list of seeds are.

// columnsCSV are the names of columns that mean something here, by what lists call them, in small
// letters and without signs.
var columnsCSV = map[string]string{
	"serial": "serial", "serialnumber": "serial", "serialno": "serial", "tokenserial": "serial",
	"user": "user", "upn": "user", "username": "user", "login": "user", "owner": "user",
	"secret": "secret", "secretkey": "secret", "key": "secret", "seed": "secret",
	"otpkey": "secret", "tokenseed": "secret", "sharedsecret": "secret",
	"hex": "hex", "secrethex": "hex", "seedhex": "hex", "keyhex": "hex", "hexkey": "hex",
	"hexseed": "hex", "secretkeyhex": "hex",
	"base32": "base32", "secretbase32": "base32", "seedbase32": "base32",
	"keybase32": "base32", "secretkeybase32": "base32",
	"type": "type", "tokentype": "type", "otptype": "type", "mode": "type",
	"digits": "digits", "otplen": "digits", "otplength": "digits", "codelength": "digits",
	"period": "period", "timeinterval": "period", "interval": "period", "timestep": "period",
	"counter": "counter", "eventcounter": "counter", "movingfactor": "counter",
	"algorithm": "algorithm", "hash": "algorithm", "hashlib": "algorithm",
	"hashfunction": "algorithm", "hmac": "algorithm",
	"pin": "pin", "offset": "offset",
}

// columnNames are the names that --columns takes.
var columnNames = []string{"serial", "user", "secret", "hex", "base32", "type", "digits", "period",
	"counter", "algorithm", "pin", "offset"}

// simple is a word in small letters and digits alone.
func simple(s string) string {
	return strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			return c
		}
		return -1
	}, strings.ToLower(s))
}

// columnNamed is what a column means that is called like this, or empty.
func columnNamed(name string) string { return columnsCSV[simple(name)] }

// Columns are what somebody says the columns of a list are: a name, or "-" for one that does not
// matter, or NAME=VALUE for what holds of all tokens and has no column. Values alone are put to
// what the list says of its columns itself.
type Columns struct {
	names  []string
	values map[string]string
}

// ParseColumns reads what --columns says.
func ParseColumns(s string) (c Columns, err error) {
	c.values = make(map[string]string)
	said := make(map[string]bool)
	for word := range strings.SplitSeq(s, ",") {
		name, value, isValue := strings.Cut(strings.TrimSpace(word), "=")
		known := columnNamed(name)
		switch {
		case name == "-" && !isValue:
			c.names = append(c.names, "")
			continue
		case known == "":
			return c, fmt.Errorf("there is no column of the name in place %d: they "+
				"are %s; and - for one that does not matter, NAME=VALUE for what "+
				"holds of all",
				len(c.names)+len(c.values)+1, strings.Join(columnNames, ", "))
		case said[known]:
			return c, fmt.Errorf("the column %s stands there twice", known)
		}
		said[known] = true
		if isValue {
			c.values[known] = value
		} else {
			c.names = append(c.names, known)
		}
	}
	if len(c.names) > 0 && !said["secret"] && !said["hex"] && !said["base32"] {
		return c, errors.New("none of the columns is secret, hex, or base32")
	}
	return c, nil
}

// A csvLayout is what the columns of a list are.
type csvLayout struct {
	at     map[string]int    // where
	values map[string]string // what has no column
	head   int               // how many rows are the names of columns
	yubico bool              // other types than OATH's stand there too
	notes  []string          // of each token
}

func (l csvLayout) get(row csvRow, name string) string {
	if value, ok := l.values[name]; ok {
		return value
	}
	if at, ok := l.at[name]; ok {
		return row.cell(at)
	}
	return ""
}

func layoutOf(names ...string) csvLayout {
	l := csvLayout{at: make(map[string]int)}
	for i, name := range names {
		if name != "" {
			l.at[name] = i
		}
	}
	return l
}

// layout finds out what the columns of a list are: what was said, or what stands in its first line.
func (c Columns) layout(rows []csvRow) (l csvLayout, why string) {
	l, isHeader, why := headerOf(rows[0])
	if len(c.names) > 0 {
		head := l.head
		l, why = layoutOf(c.names...), ""
		l.head = head
	} else if !isHeader {
		var ok bool
		if l, ok = knownLayout(rows[0]); !ok {
			return l, whyNoLayout
		}
	}
	l.put(c.values)
	return l, why
}

// put adds what holds of all tokens.
func (l *csvLayout) put(values map[string]string) {
	all := make(map[string]string)
	maps.Copy(all, values)
	maps.Copy(all, l.values)
	l.values = all
}

const whyNoLayout = "is a list without names of columns, and of no form that is known: --columns " +
	"says what they are, such as serial,secret,type=totp"

// headerOf reads the names of columns.
func headerOf(row csvRow) (l csvLayout, ok bool, why string) {
	names := make([]string, len(row.cells))
	count := make(map[string]int)
	for i, cell := range row.cells {
		names[i] = columnNamed(cell)
		count[names[i]]++
	}
	keys := count["secret"] + count["hex"] + count["base32"]
	if keys == 0 || len(count) < 2 || len(count) == 2 && count[""] > 0 && len(names) > 2 {
		return l, false, ""
	}
	for name, n := range count {
		if name != "" && n > 1 {
			return l, true, "has two columns that are called " + name
		}
	}
	l = layoutOf(names...)
	l.head = 1
	return l, true, whyUnless(keys == 1, "has more than one column with keys: --columns says "+
		"which counts")
}

// knownLayout knows lists without names of columns by a row of theirs.
func knownLayout(row csvRow) (csvLayout, bool) {
	isType := func(i int) bool {
		_, ok := typesCSV[simple(row.cell(i))]
		return ok || simple(row.cell(i)) == "ocra"
	}
	switch first := simple(row.cell(0)); {
	case isYubico[first]: // of the personalization tool, "traditional"
		l := layoutOf("type", "", "", "serial", "", "hex", "", "", "", "", "", "digits")
		l.yubico = true
		l.notes = []string{"if the key types its identifier before the code, that must " +
			"be turned off: nothing here expects it"}
		return l, true
	case isDigits(row.cell(0)) && len(row.cells) >= 6 && strings.Contains(row.cell(5), "T"):
		l := layoutOf("serial", "", "yubico", "hex") // its "Yubico format"
		l.values = map[string]string{"type": "hotp"}
		l.yubico = true
		return l, true
	case isType(2): // privacyIDEA, LinOTP
		return layoutOf("serial", "secret", "type", "digits", "parameter"), true
	case isType(3): // privacyidea-token-janitor
		return layoutOf("user", "serial", "secret", "type", "digits", "parameter"), true
	}
	return csvLayout{}, false
}

// isYubico are the first columns of the personalization tool's log.
var isYubico = map[string]bool{"yubicootp": true, "oathhotp": true, "staticpassword": true,
	"challengeresponse": true, "loggingstart": true}

// leaves says why a row of Yubico's lists is no token of OATH, or does not say enough.
func (l csvLayout) leaves(row csvRow) string {
	if !l.yubico {
		return ""
	}
	mode, isFormat := l.at["yubico"]
	switch {
	case isFormat && row.cell(mode) == "0":
		return whyUnless(l.values["digits"] != "", "does not say how many digits its "+
			"codes have: --columns digits=6, or digits=8")
	case isFormat, simple(l.get(row, "type")) != "oathhotp":
		return "is for something else than OATH's HOTP"
	}
	return whyUnless(row.cell(12) == "" || row.cell(12) == "0",
		"begins with a moving factor of its own, whose unit is not known")
}
