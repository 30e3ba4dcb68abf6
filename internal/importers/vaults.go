package importers

import (
	"encoding/csv"
	"slices"
	"strings"
)

// What the exports of password managers share: CSV with names of columns, and a few entries among
// many that have a one-time password. The others are no tokens, and not told.

// A vault is a password manager's export.
type vault struct {
	name       string
	user, code string // the columns
	token      func(code string) (vaultToken, string)
}

func (r *reader) readVault(v vault) {
	if !r.plain() {
		return
	}
	rows, line, why := csvRows(csv.NewReader(strings.NewReader(r.Text)))
	if why != "" {
		r.skip(line, "", why)
		return
	}
	user, code := slices.Index(rows[0].cells, v.user), slices.Index(rows[0].cells, v.code)
	if user < 0 || code < 0 {
		r.skip(1, "", "is no CSV export of "+v.name+": it has no columns "+v.user+" and "+
			v.code)
		return
	}
	found := false
	for _, row := range rows[1:] {
		if text := row.cell(code); text != "" {
			found = true
			r.vaultEntry(row.line, row.cell(user), text, v)
		}
	}
	if !found {
		r.skip(1, "", "has no entry with a one-time password")
	}
}

func (r *reader) vaultEntry(line int, user, text string, v vault) {
	a, why := v.token(text)
	if user == "" {
		user = a.user
	}
	switch {
	case why != "":
		r.skip(line, user, why)
	case user == "":
		r.skip(line, "", whyName)
	default:
		r.take(line, user, a.token)
	}
}
