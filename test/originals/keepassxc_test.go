package originals

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/importers"
)

// keepassxc runs the command of KeePassXC on a database with a password.
func keepassxc(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("keepassxc-cli", args...)
	cmd.Stdin = strings.NewReader("qwerty\nqwerty\n")
	cmd.Env = append(os.Environ(), "QT_QPA_PLATFORM=offscreen", "HOME="+t.TempDir())
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("keepassxc-cli %s: %v: %s", args[0], err, problem.String())
	}
	return string(out)
}

// What KeePassXC exports makes the codes that it shows, and what it shows otherwise is left.
func TestKeePassXC(t *testing.T) {
	entries := map[string]string{ // the attributes of each user's entry, in its XML
		"usual": uriAttribute("period=30&amp;digits=6"),
		"long":  uriAttribute("period=60&amp;digits=8&amp;algorithm=SHA256"),
		"hash":  uriAttribute("period=30&amp;digits=6&amp;algorithm=SHA512"),
		"legacy": attribute("TOTP Seed", keyBase32) +
			attribute("TOTP Settings", "30;8"),
		"steam": attribute("TOTP Seed", keyBase32) + attribute("TOTP Settings", "30;S"),
		"none":  "",
	}
	folder := t.TempDir()
	xml, database := filepath.Join(folder, "x.xml"), filepath.Join(folder, "x.kdbx")
	write(t, xml, vaultXML(entries))
	keepassxc(t, "import", "-p", xml, database)
	format, _ := importers.FormatNamed("keepassxc")
	found := format.Read(importers.Source{File: "export.csv",
		Text: keepassxc(t, "export", "-q", "-f", "csv", database)})
	if len(found.Users) != 4 || len(found.Skipped) != 1 || found.Skipped[0].User != "steam" {
		t.Fatalf("%d users are taken over, and left: %v", len(found.Users), found.Skipped)
	}
	for _, u := range found.Users {
		token := u.User.Tokens[0]
		before := token.Code(time.Now())
		theirs := strings.TrimSpace(
			keepassxc(t, "show", "-q", "-t", database, u.User.Name))
		if ours := token.Code(time.Now()); theirs != ours && theirs != before {
			t.Errorf("%s: KeePassXC shows %s, ours is %s", u.User.Name, theirs, ours)
		}
	}
}

func attribute(key, value string) string {
	return fmt.Sprintf("<String><Key>%s</Key><Value>%s</Value></String>", key, value)
}

func uriAttribute(parameters string) string {
	return attribute("otp", "otpauth://totp/x:y?secret="+keyBase32+"&amp;"+parameters)
}

// vaultXML is a database of KeePass as XML. Titles are the users' names.
func vaultXML(entries map[string]string) string {
	var b strings.Builder
	b.WriteString("<KeePassFile><Meta><Generator>x</Generator></Meta><Root><Group>" +
		"<UUID>AAAAAAAAAAAAAAAAAAAAAQ==</UUID><Name>Root</Name>")
	n := 'A'
	for user, attributes := range entries {
		n++
		fmt.Fprintf(&b, "<Entry><UUID>%cAAAAAAAAAAAAAAAAAAAAQ==</UUID>%s%s%s</Entry>", n,
			attribute("Title", user), attribute("UserName", user), attributes)
	}
	b.WriteString("</Group></Root></KeePassFile>\n")
	return b.String()
}
