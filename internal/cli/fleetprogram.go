package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pam-motp/pam-motp/internal/fleetsetup"
)

// fleetProgramName is the program that links the client of etcd, which is larger than this command.
const fleetProgramName = "motpd-etcd"

// fleetProgram is where it is: beside this command, or where it is installed.
func (a *app) fleetProgram() (string, error) {
	places := []string{filepath.Join(a.machine, "/usr/local/sbin"),
		filepath.Join(a.machine, "/usr/sbin")}
	if own, err := os.Executable(); err == nil {
		dir := filepath.Dir(own)
		places = append([]string{dir, filepath.Join(filepath.Dir(dir), "sbin")}, places...)
	}
	for _, dir := range places {
		path := filepath.Join(dir, fleetProgramName)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 &&
			info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed, without which etcd cannot be asked: install "+
		"the package pam-motp-etcd", fleetProgramName)
}

// prepareFleet has etcd know the hosts of a folder, and nobody else's.
func (a *app) prepareFleet(f *fleetsetup.Folder) (done fleetsetup.Prepared, err error) {
	program, err := a.fleetProgram()
	if err != nil {
		return done, err
	}
	var out, told bytes.Buffer
	cmd := exec.Command(program, "prepare", f.At)
	cmd.Stdout, cmd.Stderr = &out, &told
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || told.Len() == 0 {
			return done, fmt.Errorf("%s: %w", program, err)
		}
		line, _, _ := strings.Cut(told.String(), "\n")
		return done, errors.New(strings.TrimPrefix(line, fleetProgramName+": "))
	}
	if err := json.Unmarshal(out.Bytes(), &done); err != nil {
		return done, fmt.Errorf("%s says what is not understood; is it of this version: %w",
			program, err)
	}
	return done, nil
}
