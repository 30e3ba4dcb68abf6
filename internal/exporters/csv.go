package exporters

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// columnsCSV are the names that motp import csv reads, and other programs too. The serial is the
// name of a further token.
var columnsCSV = []string{"user", "serial", "type", "secret_hex", "digits", "period", "counter",
	"algorithm", "pin", "offset"}

// writeCSV writes a list of seeds. The secret of Mobile-OTP is the text that is hashed.
func writeCSV(x *Export) ([]byte, error) {
	var b bytes.Buffer
	lines := csv.NewWriter(&b)
	err := lines.Write(columnsCSV)
	x.each(func(u motp.User, t motp.Token) (string, []string) {
		if strings.TrimSpace(t.Secret) != t.Secret && t.Kind().TextSecret ||
			strings.TrimSpace(t.PIN) != t.PIN {
			return "has blanks around its secret or PIN, which lists do not keep", nil
		}
		if e := lines.Write(rowCSV(u, t)); err == nil {
			err = e
		}
		return "", nil
	})
	lines.Flush()
	if err == nil {
		err = lines.Error()
	}
	return b.Bytes(), err
}

func rowCSV(u motp.User, t motp.Token) []string {
	kind := t.Kind()
	row := []string{u.Name, t.Name, "motp", t.Secret, "", "", "", "", t.PIN, ""}
	if !kind.TextSecret {
		row[2], row[3] = kind.URI, hex.EncodeToString([]byte(t.Secret))
		row[4], row[7] = strconv.Itoa(t.CodeDigits()), t.Algorithm.String()
	}
	switch {
	case kind.Counter:
		row[6] = strconv.FormatInt(t.Counter, 10)
	case !kind.TextSecret:
		row[5] = seconds(t.StepLength())
	}
	if t.Offset != 0 {
		row[9] = seconds(t.Offset)
	}
	return row
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
