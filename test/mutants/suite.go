package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// A suite is some of the tests, quickest first.
type suite struct {
	name     string
	build    []string // what to make before
	packages []string
	inC      bool // whether it runs the module's C
	only     []string
	own      bool // whether the packages are those of the broken file alone
	page     bool // whether it looks at the web token, and at nothing else
}

// pure are the packages whose tests need nothing built before.
var pure = []string{
	"./motp",
	"./motp/files",
	"./conf",
	"./internal/logline",
	"./internal/seal",
	"./internal/softtoken",
	"./pam/login",
	"./pam/remote",
	"./pam/room",
	"./pam/wire",
	"./internal/resident",
	"./internal/site",
	"./internal/fleetkeys",
	"./internal/fleetsetup",
	"./internal/importers",
	"./internal/importers/picture",
	"./internal/exporters",
	"./internal/storepipe",
	"./internal/tablesum",
}

var suites = []suite{
	{name: "package", own: true, packages: pure},
	{name: "packages", packages: pure},
	{name: "fleet", packages: []string{"./internal/fleet"},
		only: []string{"internal/fleet/update.go", "internal/fleet/seen.go",
			"internal/fleet/value.go", "internal/fleet/clock.go",
			"internal/fleet/store.go", "internal/fleet/epoch.go",
			"internal/fleet/fleet.go", "internal/fleet/nodes.go",
			"internal/fleet/hosts.go", "internal/fleet/report.go",
			"internal/fleet/table.go", "internal/fleet/trouble.go",
			"internal/fleet/errors.go", "internal/fleet/nobody.go",
			"internal/fleet/shared.go"}},
	{name: "fleet's users", packages: []string{"./internal/fleetauth"},
		only: []string{"internal/fleetauth/fleetauth.go"}},
	{name: "C alone", packages: []string{"./test/fuzz"}, inC: true,
		only: []string{"pam/judge.c", "pam/dialogue.c", "pam/failure.c",
			"pam/module.c", "pam/request.c", "pam/resident.c"}},
	{name: "C beside Go", packages: []string{"./pam/login"}, inC: true,
		only: []string{"pam/options.c", "pam/request.c"}},
	{
		name: "module",
		build: []string{"sh", "-c",
			`make -s "$PWD/build/pam_motp.so" "$PWD/build/motpd"`},
		packages: []string{"./test/module"},
		inC:      true,
	},
	{
		name: "thin module",
		build: []string{"sh", "-c",
			`make -s "$PWD/build/pam_motp.so" "$PWD/build/motp" "$PWD/build/motpd"`},
		packages: []string{"./test/thin"},
		inC:      true,
		only: []string{"pam/judge.c", "pam/failure.c", "pam/options.c",
			"pam/thin/noworker.c"},
	},
	{
		name: "web token",
		build: []string{"sh", "-c",
			`make -s "$PWD/build/pam_motp.so" "$PWD/build/motp" web`},
		packages: []string{"./test/web"},
		page:     true,
	},
}

// sees says whether the suite's tests run the mutant's file.
func (s suite) sees(m mutant) bool {
	if isOfPage := strings.HasPrefix(m.file, "web/"); isOfPage || s.page {
		return isOfPage && s.page
	}
	if s.only != nil {
		for _, file := range s.only {
			if file == m.file {
				return true
			}
		}
		return false
	}
	return s.inC || strings.HasSuffix(m.file, ".go")
}

// errCompile is the error for a mutant that is no program.
var errCompile = errors.New("does not compile")

// of returns the packages whose tests are run for a mutant.
func (s suite) of(m mutant) []string {
	if s.own {
		return []string{"./" + filepath.Dir(m.file)}
	}
	return s.packages
}

// run returns the first test that fails, or "". It does not wait for the others.
func (s suite) run(dir string, packages []string) (failed string, err error) {
	if s.build != nil {
		if out, err := s.command(dir, s.build...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: %w\n%s", errCompile, err, out)
		}
	}
	cmd := s.command(dir, append([]string{"go", "test", "-json", "-count=1", "-vet=off",
		"-timeout=5m"}, packages...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	failed, trouble := firstFailure(out)
	if failed != "" || trouble != "" {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended already
	}
	waitErr := cmd.Wait()
	switch {
	case trouble != "":
		return "", fmt.Errorf("%w:\n%s%s", errCompile, trouble, stderr.Bytes())
	case failed == "" && waitErr != nil:
		return "", fmt.Errorf("%s: %w\n%s", s.name, waitErr, stderr.Bytes())
	}
	return failed, nil
}

// command prepares a program in the copy, in a process group of its own, with its temporary files
// below the copy.
func (s suite) command(dir string, words ...string) *exec.Cmd {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// firstFailure reads what "go test -json" reports, up to the first failure. A package that fails
// without a test that does (a crash, a hang) counts by its name. trouble is what the compiler said,
// if it failed.
func firstFailure(r io.Reader) (failed, trouble string) {
	lines := bufio.NewReader(r)
	said := ""
	for {
		line, err := lines.ReadBytes('\n')
		var event struct{ Action, Package, Test, Output, FailedBuild string }
		if json.Unmarshal(line, &event) == nil {
			switch {
			case event.Action == "build-output":
				said += event.Output
			case event.Action == "build-fail" || event.FailedBuild != "":
				return "", said
			case event.Action == "fail" && event.Test != "":
				return event.Package[strings.LastIndexByte(event.Package, '/')+1:] +
					"." + event.Test, ""
			case event.Action == "fail":
				return event.Package[strings.LastIndexByte(event.Package, '/')+1:],
					""
			}
		}
		if errors.Is(err, io.EOF) {
			return "", ""
		}
		if err != nil {
			return "", err.Error()
		}
	}
}
