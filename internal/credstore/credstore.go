// Package credstore has systemd decrypt the credential in which motpd's keys may be, for the
// command of root's: what systemd keeps for a service no other program reads. It must not know what
// the keys are for.
package credstore

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
)

// Name is what the credential is called.
const Name = "motp.keys"

// Folders are where systemd looks for encrypted credentials, the first one first.
var Folders = []string{"/etc/credstore.encrypted", "/run/credstore.encrypted",
	"/usr/local/lib/credstore.encrypted", "/usr/lib/credstore.encrypted"}

// Path is where the credential is; empty if there is none.
func Path() string {
	for _, folder := range Folders {
		if path := folder + "/" + Name; exists(path) {
			return path
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// once has it decrypted once in a process: a TPM takes its time.
var once = sync.OnceValues(decrypt)

// Keys returns what the credential holds. The error is fs.ErrNotExist if there is none.
func Keys() ([]byte, error) {
	text, err := once()
	return slices.Clone(text), err
}

func decrypt() ([]byte, error) {
	path := Path()
	if path == "" {
		return nil, &fs.PathError{Op: "open", Path: Folders[0] + "/" + Name,
			Err: fs.ErrNotExist}
	}
	cmd := exec.Command("systemd-creds", "decrypt", "--name="+Name, path, "-")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		// the last line is why; others may come before it
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		why := lines[len(lines)-1]
		if errors.Is(err, exec.ErrNotFound) {
			why = "there is no systemd-creds"
		}
		return nil, fmt.Errorf("%s cannot be decrypted: %s; if that is another machine's, "+
			"or its TPM was cleared or replaced, write the printed key into the key "+
			"file, and encrypt it anew", path, strings.TrimSuffix(why, "."))
	}
	return out.Bytes(), nil
}
