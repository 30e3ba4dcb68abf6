package privatefile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := Write(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	link := path + ".link"
	if err := os.Symlink(path+".elsewhere", link); err != nil {
		t.Fatal(err)
	}
	for _, there := range []string{path, link} {
		if err := Write(there, []byte("second")); err == nil {
			t.Errorf("%s is written over", there)
		}
	}
	if content, err := os.ReadFile(path); string(content) != "first" || err != nil {
		t.Errorf("the file holds %q, %v", content, err)
	}
}
