package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/term/termtest"
)

// A bar shows how far the sealing of many users is.
func TestSealShowsHowFar(t *testing.T) {
	const users = 3000
	p, tty := termtest.SitDown(t)
	folder := t.TempDir()
	var b strings.Builder
	for i := range users {
		fmt.Fprintf(&b, "[user%d]\nsecret = %016x\npin = zk41q\n", i, i+1)
	}
	write(t, filepath.Join(folder, "motp.conf"), b.String())
	if err := os.Mkdir(filepath.Join(folder, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := onTTY(t, tty, folder, "seal", "--new-key")
	p.Start(cmd)
	p.WaitFor("motp: sealing ")
	screen, exitCode := p.ReadOn(tty, cmd)
	want := fmt.Sprintf("%d values in the table and 0 PINs in records, of %d users, are sealed",
		2*users, users)
	if exitCode != 0 || !strings.Contains(strings.ReplaceAll(screen, ",", ""),
		strings.ReplaceAll(want, ",", "")) {
		t.Errorf("exit code %d, on the screen: %q", exitCode, screen)
	}
}
