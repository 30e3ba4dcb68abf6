package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/exporters"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// formatColumns is the form of pam_mobile_otp, and the table's own.
const formatColumns = "pam_mobile_otp"

func exportNames() []string {
	names := []string{formatColumns}
	for _, f := range exporters.Formats {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

func exportList() string {
	var b strings.Builder
	for _, name := range exportNames() {
		about := "four columns: user, secret, PIN, offset in hours"
		if f, ok := exporters.FormatNamed(name); ok {
			about = f.About
		}
		fmt.Fprintf(&b, "  %-20s  %s\n", name, about)
	}
	return b.String()
}

func checkExportFormat(name string) error {
	if !slices.Contains(exportNames(), name) {
		return fmt.Errorf("there is no format %q: it is one of %s", name,
			strings.Join(exportNames(), ", "))
	}
	return nil
}

// exportAs writes the users in a format of the package exporters.
func (a *app) exportAs(format, file string) error {
	f, _ := exporters.FormatNamed(format)
	_, entries, err := a.table().Users()
	if err != nil {
		return a.explain("", err)
	}
	var users []motp.User
	left := 0
	for _, e := range a.withPINs(entries) {
		if e.Err == nil {
			e.Err = a.knowCounters(e.User)
		}
		if errors.Is(e.Err, fs.ErrNotExist) { // of somebody without a record
			e.Err = nil
		}
		if e.Err != nil {
			left++
			a.say("left out: %s: %v", shown.Name(e.User.Name), e.Err)
			continue
		}
		users = append(users, e.User)
	}
	x, err := f.Write(users, siteFlag(""))
	if err != nil {
		return err
	}
	if err := a.writeExport(file, x.Content, x.Written); err != nil {
		return err
	}
	a.tellPaper(entries)
	for _, n := range x.Left {
		a.say("left out: %s: %s", shown.Token(n.User, n.Token), n.Words)
	}
	for _, n := range x.Notes {
		a.warn("%s: %s", shown.Token(n.User, n.Token), n.Words)
	}
	if left += len(x.Left); left > 0 {
		return fmt.Errorf("%s left out, for the reasons above",
			words.CountAre(left, "entry", "entries"))
	}
	return nil
}
