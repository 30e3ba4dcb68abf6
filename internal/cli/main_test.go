package cli

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/otpverify"
	"github.com/pam-motp/pam-motp/test/mounts"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// nowVariable sets the clock of the command in scripts: seconds since 1970.
const nowVariable = "TEST_NOW"

// machineVariable is the folder under which scripts have PAM's services.
const machineVariable = "TEST_MACHINE"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"motp": motpUnderTest, otpverify.Name: motpUnderTest, "apart": apart,
	})
}

// apart runs a command in a mount namespace of its own, in a chroot that is no mount point too,
// where "unshare -m" cannot.
func apart() {
	runtime.LockOSThread()
	err := unix.Unshare(unix.CLONE_NEWNS)
	if err == nil {
		err = mounts.Private()
	}
	path := ""
	if err == nil {
		path, err = exec.LookPath(os.Args[1])
	}
	if err == nil {
		err = unix.Exec(path, os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// motpUnderTest is main, with a clock that scripts can set.
func motpUnderTest() {
	a := newApp()
	if s := os.Getenv(nowVariable); s != "" {
		seconds, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			panic(err)
		}
		a.now = func() time.Time { return time.Unix(seconds, 0) }
	}
	if root := os.Getenv(machineVariable); root != "" {
		a.machine = root
	}
	if os.Getenv(crashVariable) != "" {
		dieAsOthersDo()
	}
	os.Exit(a.main(os.Args))
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TZ", "UTC")
			env.Setenv(machineVariable, env.WorkDir)
			env.Setenv(nowVariable, "1296121200") // 2011-01-27 09:40:00
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"distinct": distinct,
			"exits":    exits,
			"login":    login,
			"hold":     hold,
			"scans":    scans,
			"mode":     mode,
			"newpin":   newPIN,
			"onpaper":  onPaper,
			"resync":   resync,
			"setsup":   setsUp,
		},
	})
}
