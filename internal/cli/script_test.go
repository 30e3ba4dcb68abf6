package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
	"github.com/rogpeppe/go-internal/testscript"
)

// exits runs a command that must end with this exit code: "exits 2 motp add".
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// distinct looks for two lines or more that a pattern matches, no two of them the same: "distinct
// ^secret motp.conf".
func distinct(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: distinct pattern file")
	}
	lines := regexp.MustCompile("(?m)"+args[0]+".*$").FindAllString(ts.ReadFile(args[1]), -1)
	slices.Sort(lines)
	if len(lines) < 2 || len(slices.Compact(slices.Clone(lines))) != len(lines) {
		ts.Fatalf("lines that are the same, or too few: %q", lines)
	}
}

// mode compares the modes of files: "mode 0600 motp.conf".
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mode octal file...")
	}
	for _, file := range args[1:] {
		info, err := os.Lstat(ts.MkAbs(file))
		ts.Check(err)
		if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, want %s", file, got, args[0])
		}
	}
}

// login is an attempt to log in, as the module makes it: "login ok alice 6ed4e4", with the reason
// first. A fourth word is where it comes from, in a service that has grace.
func login(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: login reason user code [origin]")
	}
	verifier, user, now := scene(ts, args[1])
	at := motp.Attempt{Typed: args[2]}
	if len(args) == 4 {
		at.Origin = args[3]
	}
	result, err := verifier.Judge(context.Background(), user, at, now)
	ts.Check(err)
	if got := result.Verdict.String(); got != args[0] {
		ts.Fatalf("%s: %s, want %s", args[1], got, args[0])
	}
}

// newPIN is a user who sets a PIN with a code: "newpin alice 6ed4e4 2468".
func newPIN(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: newpin user code pin")
	}
	verifier, user, now := scene(ts, args[0])
	result, err := verifier.ChangePIN(context.Background(), user, args[1], args[2], now)
	ts.Check(err)
	if result.Verdict != motp.Accepted {
		ts.Fatalf("%s: %v", args[0], result.Verdict)
	}
}

// setsUp is a user who was invited, and sets the token up with a PIN: "setsup alice letter 5917".
func setsUp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: setsup user file pin")
	}
	verifier, user, now := scene(ts, args[0])
	letter := strings.TrimSpace(ts.ReadFile(args[1]))
	_, e, err := verifier.BeginEnrolment(context.Background(), user, letter, now)
	ts.Check(err)
	token := user.Tokens[0]
	token.PIN = args[2]
	result, err := verifier.EndEnrolment(context.Background(), user, e, token.PIN,
		token.Code(now), now)
	ts.Check(err)
	if result.Verdict != motp.Accepted {
		ts.Fatalf("%s: %v", args[0], result.Verdict)
	}
}

// onPaper is an attempt to log in with a code of a page, the first being 1, behind a PIN, which may
// be "": "onpaper ok alice 6666 page 3".
func onPaper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: onpaper reason user pin page number")
	}
	codes := paperCode.FindAllString(ts.ReadFile(args[3]), -1)
	n, err := strconv.Atoi(args[4])
	ts.Check(err)
	if n > len(codes) {
		ts.Fatalf("%d codes on the page", len(codes))
	}
	login(ts, false, []string{args[0], args[1], args[2] + codes[n-1]})
}

var paperCode = regexp.MustCompile(`\b[A-Z2-7]{4}(-[A-Z2-7]{4}){3}\b`)

// hold keeps a file locked until a file is there that says enough: "hold state/alice enough".
func hold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: hold file enough")
	}
	const script = `echo held >&3; exec 3>&-; while ! test -e "$1"; do sleep 0.05; done`
	cmd := exec.Command("flock", "--no-fork", ts.MkAbs(args[0]),
		"sh", "-c", script, "sh", ts.MkAbs(args[1]))
	says, said, err := os.Pipe()
	ts.Check(err)
	cmd.ExtraFiles = []*os.File{said}
	ts.Check(cmd.Start())
	ts.Check(said.Close())
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = says.Close()
	})
	line := make([]byte, 5)
	if _, err := io.ReadFull(says, line); err != nil || string(line) != "held\n" {
		ts.Fatalf("%s is not held: %q, %v", args[0], line, err)
	}
}

// resync is a login by two codes in a row, of somebody whose clock is far off: "resync alice 677452
// 357844".
func resync(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: resync user code code")
	}
	verifier, user, now := scene(ts, args[0])
	first, err := verifier.Verify(context.Background(), user, args[1], now)
	ts.Check(err)
	if first.Pending == nil {
		ts.Fatalf("%s: %v, and no question for the next code", args[0], first.Verdict)
	}
	next, err := verifier.VerifyNext(context.Background(), user, first.Pending, args[2], now)
	ts.Check(err)
	if next.Verdict != motp.Accepted {
		ts.Fatalf("%s: the next code is %v", args[0], next.Verdict)
	}
}

// scene is what a login finds: the table, the records, the time.
func scene(ts *testscript.TestScript, name string) (motp.Verifier, motp.User, time.Time) {
	seconds, err := strconv.ParseInt(ts.Getenv(nowVariable), 10, 64)
	ts.Check(err)
	settings, user, err := conf.Table{Path: ts.MkAbs("motp.conf")}.Lookup(name)
	ts.Check(err)
	return motp.Verifier{Store: files.Store{Dir: ts.MkAbs("state")}, Policy: settings.Policy},
		user, time.Unix(seconds, 0)
}
