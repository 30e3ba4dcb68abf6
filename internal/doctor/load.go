package doctor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/msteinert/pam/v2"
)

// loadTime is how long a module may take to load. It runs no code of its own while it does.
const loadTime = 10 * time.Second

// LoadInChild is a [System].LoadModule: it starts a program, which must call [Load] with its last
// argument, and end with 0 if that says nothing.
func LoadInChild(program string, arguments ...string) func(path string) error {
	return func(path string) error {
		cmd := exec.Command(program, append(arguments, path)...)
		var output strings.Builder
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			return err
		}
		timer := time.AfterFunc(loadTime, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		err := cmd.Wait()
		if err == nil {
			return nil
		}
		if words, _, _ := strings.Cut(strings.TrimSpace(output.String()),
			"\n"); words != "" {
			return errors.New(words)
		}
		return fmt.Errorf("the program that loaded it ended with %w", err)
	}
}

// Load loads a module as PAM does, and calls one of its functions that needs nobody. The process
// must be one that may crash.
func Load(path string) error {
	folder, err := os.MkdirTemp("", "motp-doctor-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	const service = "motp-doctor"
	for name, line := range map[string]string{
		service: "auth required " + path + "\n",
		// without which PAM writes an error into the log
		"other": "auth required pam_deny.so\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(line),
			0o600); err != nil {
			return err
		}
	}
	silent := pam.ConversationFunc(func(pam.Style, string) (string, error) {
		return "", errors.New("nobody is there")
	})
	tx, err := pam.StartConfDir(service, "root", silent, folder)
	if err != nil {
		return fmt.Errorf("pam_start: %w", err)
	}
	defer func() { _ = tx.End() }()
	if err := tx.SetCred(pam.EstablishCred); err != nil {
		return fmt.Errorf("pam_setcred: %w", err)
	}
	return nil
}
