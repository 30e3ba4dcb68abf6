package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"time"
)

// A sample is one login as the launcher saw it.
type sample struct {
	accepted bool
	wall     time.Duration
	cpu      time.Duration // of the host and the worker
	rss      int           // kilobytes at most, of the host or the worker, whichever is more
}

// A launcher is a running testdata/launch.c. It does one login after another.
type launcher struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startLauncher starts one, at a site or at none.
func startLauncher(at *site) (*launcher, error) {
	pamtester, err := exec.LookPath("pamtester")
	if err != nil {
		return nil, err
	}
	program, err := filepath.Abs(filepath.Join(buildDir, "launch"))
	if err != nil {
		return nil, err
	}
	l := &launcher{cmd: at.command(program, pamtester)}
	if l.in, err = l.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l.out = bufio.NewReader(out)
	return l, l.cmd.Start()
}

func (l *launcher) close() {
	_ = l.in.Close()
	_ = l.cmd.Wait()
}

func (l *launcher) login(service, user, code string) (sample, error) {
	if _, err := fmt.Fprintf(l.in, "%s %s %s\n", service, user, code); err != nil {
		return sample{}, err
	}
	var exit, wall, cpu, rss int
	if _, err := fmt.Fscanf(l.out, "%d %d %d %d\n", &exit, &wall, &cpu, &rss); err != nil {
		return sample{}, fmt.Errorf("launcher: %w", err)
	}
	return sample{exit == 0, time.Duration(wall),
		time.Duration(cpu) * time.Microsecond, rss}, nil
}

// buildTools compiles what is written in C.
func buildTools() error {
	for _, t := range []struct{ name, source, flags string }{
		{"launch", "launch.c", ""},
		{"host", "host.c", "-lpam"},
		{"many", "many.c", "-lpam"},
		{"activate", "activate.c", ""},
		{"count.so", "count.c", "-shared -fPIC"},
	} {
		args := "cc -std=gnu11 -O2 -Wall -Wextra -Werror -o " + filepath.Join(buildDir,
			t.name) + " test/bench/testdata/" + t.source + " " + t.flags
		if err := shell(args); err != nil {
			return err
		}
	}
	return nil
}

// shell runs a command; what it printed is told only if it fails.
func shell(command string) error {
	out, err := exec.Command("sh", "-euc", command).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, out)
	}
	return nil
}
