package conf

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Comments stay whatever row is removed: the one above the first row names the columns.

// add appends a row, in the style of the last one.
func (c *columns) add(u motp.User) error {
	if !isPlain(u) {
		return &formError{"more than one token, or one of another type than Mobile-OTP"}
	}
	token := u.Tokens[0]
	if u.Disabled {
		return &formError{"that a user is disabled"}
	}
	if u.Paper.Exist() {
		return &formError{paperInColumns}
	}
	if token.Invitation.Exists() {
		return &formError{"an invitation"}
	}
	hours, err := formatHours(token.Offset)
	if err != nil {
		return err
	}
	row := []string{u.Name, token.Secret, token.PIN, hours}
	for i, what := range []string{"the user's name", "the secret", "the PIN"} {
		if err := checkColumn(what, row[i]); err != nil {
			return err
		}
	}
	if err := checkFirstColumn(u.Name); err != nil {
		return err
	}
	if err := c.mustBePlain(u.Name, "secret", token.Secret); err != nil {
		return err
	}

	end := lineEnd(c.split())
	all := completeLastLine(c.split(), end)
	c.join(append(all, joinLike(c.lastRow(), row)+end))
	return nil
}

const paperInColumns = "which codes a user has on paper"

// isPlain says whether a row has room for all that a user's tokens are.
func isPlain(u motp.User) bool {
	return len(u.Tokens) == 1 && u.Tokens[0].Name == "" && u.Tokens[0].Type == columnsType
}

// remove cuts a row out.
func (c *columns) remove(name string) error {
	at, err := lineOf(c, name)
	if err != nil {
		return err
	}
	c.join(slices.Delete(c.split(), at, at+1))
	return nil
}

// addToken has no room.
func (*columns) addToken(string, motp.Token) error { return &formError{"more than one token"} }

// removeToken finds none: the only one goes with its row.
func (*columns) removeToken(Address) error { return ErrNoToken }

// set changes a column of a row.
func (c *columns) set(a Address, key, value string) error {
	if a.Token != "" {
		return ErrNoToken
	}
	at, err := lineOf(c, a.User)
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
	case paperKey:
		err = &formError{paperInColumns}
	default:
		err = &formError{"what " + key + " is"}
	}
	if err != nil {
		return err
	}
	if err := c.mustBePlain(a.User, key, value); err != nil {
		return err
	}
	all := c.split()
	all[at] = withColumn(all[at], column, value)
	c.join(all)
	return nil
}

// unset takes back what the table form can take back: the offset.
func (c *columns) unset(a Address, key string) error {
	switch key {
	case "offset":
		return c.set(a, key, "0")
	case "secret", "pin":
		return &formError{"a user without a " + key}
	default:
		return nil // it has none
	}
}

func (c *columns) entryEnd(at int) int { return at + 1 }

func (c *columns) part(lines []string) document {
	return &columns{content{file: c.file, cut: lines, edited: true, by: c.by,
		holds: c.holds}}
}

// mustBePlain refuses a value that would be sealed, which has no room here.
func (c *columns) mustBePlain(user, key, value string) error {
	sealed, err := c.seal(Address{User: user}, key, value)
	if err == nil && sealed != value {
		err = &formError{"what is sealed, as everything is where there is a key"}
	}
	return err
}

func (c *columns) lastRow() string {
	for _, line := range slices.Backward(c.split()) {
		if len(columnsOf(line)) > 0 {
			return line
		}
	}
	return ""
}

// withColumn returns a row with another value in a column, and all else as it was. Only the last
// column may be missing.
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

// joinLike makes a row whose columns stand where the model's stand: between tabs, or beginning at
// the same place.
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

// formatHours writes an offset as the table form has it: in hours, with as few decimals as give the
// second.
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
