package module

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// wayEnv tells the process inside which way it plays. Set outside, it leaves out the others.
const wayEnv = "MOTP_TEST_WAY"

// judge is the way of this process. By a worker, the PAM lines name the site's table and folder,
// which by itself means one. By motpd, each site has a build/motpd, and lies where the default site
// does, in a mount namespace of its own; the PAM lines name no place, and say motpd=always, so that
// no worker is forked: see room.
var judge = stage.Way(os.Getenv(wayEnv))

// workerOnly are the tests that motpd has no part in, and why. All others are played by every way.
var workerOnly = map[string]string{
	"TestExports":                theLibrary,
	"TestNeeds":                  theLibrary,
	"TestLoadsLittle":            theLibrary,
	"TestHardening":              theLibrary,
	"TestNoGoAtLoad":             theLibrary,
	"TestPlainBuild":             theLibrary,
	"TestLateList":               theLibrary,
	"TestLateTools":              theLibrary,
	"TestLateOrNot":              theLibrary,
	"TestForkBesideAnotherLogin": "pam/worker.c alone, without a login",
	"TestLeftOut":                "these lists",

	"TestLateReadOnly":         theProcess,
	"TestLateOnce":             theProcess,
	"TestLateRefused":          theProcess,
	"TestWorkerStandsAlone":    theProcess,
	"TestWorkerCannotBeTraced": theProcess,
	"TestWorkerBelongsToRoot":  theProcess,
	"TestWorkerShowsNothing":   theProcess,
	"TestWorkerLost":           theProcess,
	"TestPauseIsNotDeath":      theProcess,
	"TestFrozenWorker":         theProcess,
	"TestHostDies":             theProcess,
	"TestHostDiesWhileWaiting": theProcess,
	"TestMemoryLimits": "the host's limits that keep a worker from starting; " +
		"TestFewResources has them for both",

	"TestOldNames":        thePlace,
	"TestTableBelowAFile": thePlace,
}

// motpdOnly are the tests that there is nothing to see of without motpd.
var motpdOnly = map[string]string{
	"TestEnrol":            invitations,
	"TestEnrolWithoutYes":  invitations,
	"TestEnrolExpired":     invitations,
	"TestEnrolTwiceAtOnce": invitations,

	"TestMotpdAlways":    "what the tests of this way rest on",
	"TestLateNever":      "a host without workers",
	"TestImpostors":      "who stands where motpd should",
	"TestRequestIsFinal": "a motpd that does not do as it should",
	"TestMotpdThatEnds":  "a motpd that hangs up",
}

const (
	theLibrary  = "the library's file, not a login"
	theProcess  = "the worker's own process: what it has, what is seen of it, how it ends"
	thePlace    = "the PAM line names another site than the default one, which is a worker's"
	invitations = "invitations, which motpd alone takes"
)

// skipped is the pattern of the tests that a way does not play.
func skipped(w stage.Way) string {
	var patterns []string
	if given := flag.Lookup("test.skip").Value.String(); given != "" {
		patterns = append(patterns, given)
	}
	others := workerOnly
	if w == stage.ByWorker {
		others = motpdOnly
	}
	for name := range others {
		patterns = append(patterns, "^"+name+"$")
	}
	return strings.Join(patterns, "|")
}

// playWays plays the tests by each way, and returns the status to exit with.
func playWays() (status int) {
	if os.Getuid() != 0 {
		fmt.Fprintln(os.Stderr, "test/module: needs root: the table must be root's, and "+
			"the tests mount")
		return 1
	}
	ways := stage.Ways
	if only := stage.Way(os.Getenv(wayEnv)); only != "" {
		if !slices.Contains(ways, only) {
			fmt.Fprintf(os.Stderr, "test/module: %s=%s: not one of %v\n", wayEnv, only,
				ways)
			return 1
		}
		ways = []stage.Way{only}
	}
	for _, w := range ways {
		fmt.Printf("# logins judged by: %s (%s=%[1]s plays this way alone)\n", w, wayEnv)
		status = max(status, runInNamespace(w))
	}
	return status
}

// TestLeftOut: what a way leaves out is there to be left out.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("/proc/self/exe", "-test.list=^Test").Output()
	must(t, err)
	names := strings.Fields(string(out))
	if !slices.Contains(names, "TestAnswers") {
		t.Fatalf("these are not the tests: %q", names)
	}
	for _, list := range []map[string]string{workerOnly, motpdOnly} {
		for name := range list {
			if !slices.Contains(names, name) {
				t.Errorf("%s is no test", name)
			}
		}
	}
}
