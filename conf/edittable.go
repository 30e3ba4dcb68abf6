package conf

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// tableText is a table in the four-column form, as lines. Comments stay whatever is removed: the one above the first row names the columns.
type tableText struct {
	lines []string
}

// The columns.
const (
	nameColumn = iota
	secretColumn
	pinColumn
	offsetColumn
)

func (x *tableText) bytes() []byte { return []byte(strings.Join(x.lines, "")) }

// add appends a row, in the style of the last one.
func (x *tableText) add(u motp.User) error {
	if !isPlain(u) {
		return &formError{"more than one token, or one of another type than Mobile-OTP"}
	}
	token := u.Tokens[0]
	if u.Disabled {
		return &formError{"that a user is disabled"}
	}
	hours, err := formatHours(token.Offset)
	if err != nil {
		return err
	}
	columns := []string{u.Name, token.Secret, token.PIN, hours}
	for i, what := range []string{"the user's name", "the secret", "the PIN"} {
		if err := checkColumn(what, columns[i]); err != nil {
			return err
		}
	}
	if err := checkFirstColumn(u.Name); err != nil {
		return err
	}

	end := lineEnd(x.lines)
	x.lines = completeLastLine(x.lines, end)
	x.lines = append(x.lines, joinLike(x.lastRow(), columns)+end)
	return nil
}

// remove cuts a row out.
func (x *tableText) remove(name string) error {
	at, err := x.row(name)
	if err != nil {
		return err
	}
	x.lines = slices.Delete(x.lines, at, at+1)
	return nil
}

// addToken has no room.
func (x *tableText) addToken(string, motp.Token) error { return &formError{"more than one token"} }

// removeToken finds none: the only one goes with its row.
func (x *tableText) removeToken(Address) error { return ErrNoToken }

// set changes a column of a row.
func (x *tableText) set(a Address, key, value string) error {
	if a.Token != "" {
		return ErrNoToken
	}
	at, err := x.row(a.User)
	if err != nil {
		return err
	}
	column := offsetColumn
	switch key {
	case "secret":
		column, err = secretColumn, checkColumn("the secret", value)
	case "pin":
		column, err = pinColumn, checkColumn("the PIN", value)
	case "offset":
		var offset time.Duration
		if offset, err = ParseOffset(value); err == nil {
			value, err = formatHours(offset)
		}
	case "disabled":
		if value == "no" {
			return nil
		}
		err = &formError{"that a user is disabled"}
	default:
		err = &formError{"what " + key + " is"}
	}
	if err != nil {
		return err
	}
	x.lines[at] = withColumn(x.lines[at], column, value)
	return nil
}

// unset takes back what the table form can take back: the offset.
func (x *tableText) unset(a Address, key string) error {
	switch key {
	case "offset":
		return x.set(a, key, "0")
	case "secret", "pin":
		return &formError{"a user without a " + key}
	default:
		return nil // it has none
	}
}

// row finds a user's line.
func (x *tableText) row(name string) (int, error) { return lineOf(columns{text: x.bytes()}, name) }

func (x *tableText) lastRow() string {
	for _, line := range slices.Backward(x.lines) {
		if len(columnsOf(line)) > 0 {
			return line
		}
	}
	return ""
}

// A span is where in a line a column stands.
type span struct{ from, to int }

// columnsOf finds the columns of a row; none in a blank line or a comment.
func columnsOf(line string) (columns []span) {
	if isBlank(line) || isComment(line) {
		return nil
	}
	end := len(strings.TrimRight(line, blanks+"\n"))
	for i := len(line) - len(strings.TrimLeft(line, blanks)); i < end; {
		from := i
		for i < end && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		if len(columns) >= offsetColumn && line[from] == '#' {
			break // a comment
		}
		columns = append(columns, span{from, i})
		for i < end && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
	}
	return columns
}

// withColumn returns a row with another value in a column, and all else as it was. Only the last column may be missing.
func withColumn(line string, column int, value string) string {
	columns := columnsOf(line)
	if column < len(columns) {
		c := columns[column]
		return line[:c.from] + value + line[c.to:]
	}
	last := columns[len(columns)-1]
	gap := "\t"
	if len(columns) > 1 {
		gap = line[columns[len(columns)-2].to:last.from]
	}
	return line[:last.to] + gap + value + line[last.to:]
}

// joinLike makes a row whose columns stand where the model's stand: between tabs, or beginning at the same place.
func joinLike(model string, columns []string) string {
	places := columnsOf(model)
	if len(places) == 0 || strings.Contains(model, "\t") {
		return strings.Join(columns, "\t")
	}
	row := columns[0]
	for i, c := range columns[1:] {
		blanks := 1
		if i+1 < len(places) {
			blanks = max(1, places[i+1].from-len(row))
		}
		row += strings.Repeat(" ", blanks) + c
	}
	return row
}

// formatHours writes an offset as the table form has it: in hours, with as few decimals as give the second.
func formatHours(offset time.Duration) (string, error) {
	for decimals := range 6 {
		var t motp.Token
		s := strconv.FormatFloat(offset.Hours(), 'f', decimals, 64)
		if msg := setHours(&t, s); msg == "" && t.Offset == offset {
			return s, nil
		}
	}
	return "", &formError{"an offset of " + FormatOffset(offset)}
}
