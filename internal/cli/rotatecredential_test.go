package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/credstore"
)

// No key takes the place of another behind the back of motpd, which has that one as a credential.
func TestRotateBesideACredential(t *testing.T) {
	was := credstore.Folders
	defer func() { credstore.Folders = was }()
	folder := t.TempDir()
	credstore.Folders = []string{folder}
	a := newApp()
	a.state = conf.DefaultState
	if err := a.mustBeMotpdsKey(); err != nil {
		t.Error("without a credential:", err)
	}
	path := filepath.Join(folder, credstore.Name)
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.mustBeMotpdsKey(); err == nil || !strings.Contains(err.Error(), path) {
		t.Error("with a credential:", err)
	}
	a.state = t.TempDir()
	if err := a.mustBeMotpdsKey(); err != nil {
		t.Error("of another folder, whose key is none:", err)
	}
}
