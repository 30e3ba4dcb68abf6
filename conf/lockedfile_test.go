package conf

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAddMakesTheTable(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0)) // which must not make the table readable
	table := Table{Path: filepath.Join(t.TempDir(), "motp.conf")}
	if err := (Editor{table, true}).Add(user("alice", secretA, "5555", 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(table.Path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the rehearsal made a table: %v", err)
	}
	if err := editing(table).Add(user("al]ice", secretA, "5555", 0)); err == nil {
		t.Error("a name with a bracket was added")
	}
	if _, err := os.Lstat(table.Path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a refused edit made a table: %v", err)
	}
	if err := editing(table).Add(user("alice", secretA, "5555", 0)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(table.Path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode is %v, want 0600", info.Mode())
	}
	if _, u, err := table.Lookup("alice"); err != nil || u.Tokens[0].Secret != secretA {
		t.Errorf("Lookup: %v, %v", u.Name, err)
	}
	if err := editing(table).Remove("alice"); err != nil {
		t.Fatal(err)
	}
	if got := contentOf(t, table.Path); got != newTable {
		t.Errorf("add and remove leave\n%q", got)
	}
}

func TestEditKeepsModeAndOwner(t *testing.T) {
	table := writeTable(t, "[alice]\nsecret = 1\npin = 2\n")
	if err := os.Chmod(table.Path, 0o400); err != nil {
		t.Fatal(err)
	}
	group := os.Getgid()
	if os.Geteuid() == 0 {
		group = 12 // may be any; root can give files away
	}
	if err := os.Chown(table.Path, -1, group); err != nil {
		t.Fatal(err)
	}
	if err := editing(table).Set(Address{User: "alice"}, "pin", "3"); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Lstat(table.Path, &st); err != nil {
		t.Fatal(err)
	}
	if st.Mode&0o7777 != 0o400 || int(st.Gid) != group || int(st.Uid) != os.Geteuid() {
		t.Errorf("mode %o, owner %d:%d", st.Mode&0o7777, st.Uid, st.Gid)
	}
}

const unsafeContent = "[alice]\nsecret = 1\npin = 2\n"

type unsafeTable struct {
	name, want string
	spoil      func(t *testing.T, path string)
}

var unsafeTables = []unsafeTable{
	{
		"readable by others",
		"has mode 0644, must be 0600",
		func(t *testing.T, path string) { must(t, os.Chmod(path, 0o644)) },
	},
	{
		"writable by the group",
		"has mode 0620, must be 0600",
		func(t *testing.T, path string) { must(t, os.Chmod(path, 0o620)) },
	},
	{"symlink", "is a symbolic link", func(t *testing.T, path string) {
		must(t, os.Rename(path, path+".real"))
		must(t, os.Symlink(path+".real", path))
	}},
	{"dangling symlink", "is a symbolic link", func(t *testing.T, path string) {
		must(t, os.Remove(path))
		must(t, os.Symlink(path+".nowhere", path))
	}},
	{"folder", "is not a regular file", func(t *testing.T, path string) {
		must(t, os.Remove(path))
		must(t, os.Mkdir(path, 0o700))
	}},
	{"FIFO", "is not a regular file", func(t *testing.T, path string) {
		must(t, os.Remove(path))
		must(t, unix.Mkfifo(path, 0o600))
	}},
	{
		"binary",
		"holds a zero byte",
		func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(unsafeContent+"\x00"),
				0o600))
		},
	},
	{
		"too large",
		"is larger than 256 MiB",
		func(t *testing.T, path string) { must(t, os.Truncate(path, maxFile+1)) },
	},
}

func TestEditRefusesUnsafeTables(t *testing.T) {
	if os.Geteuid() == 0 {
		unsafeTables = append(unsafeTables, unsafeTables[0])
		last := &unsafeTables[len(unsafeTables)-1]
		last.name, last.want = "somebody else's", "is owned by user 65534"
		last.spoil = func(t *testing.T, path string) {
			must(t, os.Chown(path, 65534, 65534))
		}
	}
	for _, c := range unsafeTables {
		t.Run(c.name, func(t *testing.T) {
			table := writeTable(t, unsafeContent)
			c.spoil(t, table.Path)
			before := describe(t, filepath.Dir(table.Path))
			for what, err := range map[string]error{
				"add":    editing(table).Add(user("bob", secretB, "1111", 0)),
				"remove": editing(table).Remove("alice"),
				"set":    editing(table).Set(Address{User: "alice"}, "pin", "3"),
				"unset":  editing(table).Unset(Address{User: "alice"}, "offset"),
			} {
				var known *Error
				if err == nil || !strings.Contains(err.Error(), c.want) ||
					!errors.As(err, &known) ||
					known.Kind != Unavailable {
					t.Errorf("%s: got %v, want %s", what, err, c.want)
				}
			}
			if after := describe(t, filepath.Dir(table.Path)); after != before {
				t.Errorf("the folder was changed from\n%s\nto\n%s", before, after)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// describe lists a folder: names, modes, sizes, inodes.
func describe(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	must(t, err)
	var b strings.Builder
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		fmt.Fprintln(&b, e.Name(), info.Mode(), info.Size(),
			info.Sys().(*syscall.Stat_t).Ino)
	}
	return b.String()
}

func TestEditOwnFiles(t *testing.T) {
	const alice = "; alice's own\n[alice]\nsecret = 1\npin = 2\n"
	table := writeTable(t, "bob 3 4 0\n")
	own := writeOwn(t, table, "alice", alice)
	writeOwn(t, table, "-c d", "[-c d]\nsecret = 1\npin = 2\n")

	if err := editing(table).Add(user("alice", secretA, "1111", 0)); !errors.Is(
		err,
		ErrUserExists,
	) ||
		!strings.Contains(err.Error(), own+":2") {
		t.Errorf("add: %v", err)
	}
	if err := editing(table).Set(Address{User: "alice"}, "disabled", "yes"); err != nil {
		t.Fatal(err)
	}
	if got := contentOf(t, own); got != alice+"disabled = yes\n" {
		t.Errorf("set made\n%s", got)
	}
	if err := (Editor{table, true}).Remove("alice"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(own); err != nil {
		t.Fatalf("after a rehearsal: %v", err)
	}
	if err := editing(table).Remove("alice"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(own); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after remove: %v", err)
	}
	if err := editing(table).Remove("-c d"); err != nil {
		t.Fatal(err)
	}
	if left := describe(t, table.Dir()); left != "" {
		t.Errorf("left in the folder:\n%s", left)
	}
	if got := contentOf(t, table.Path); got != "bob 3 4 0\n" {
		t.Errorf("the table was changed:\n%s", got)
	}
}

func TestEditRefusesWhoStandsInTwoFiles(t *testing.T) {
	const alice = "[alice]\nsecret = 1\npin = 2\n"
	table := writeTable(t, alice)
	own := writeOwn(t, table, "alice", alice)
	for what, err := range map[string]error{"remove": editing(table).Remove("alice"),
		"set": editing(table).Set(Address{User: "alice"}, "pin", "3")} {
		if err == nil || !strings.Contains(err.Error(), table.Path+":1") ||
			!strings.Contains(err.Error(), own+":1") {
			t.Errorf("%s: %v, want both places", what, err)
		}
	}
}

// A child process is this test binary, started again to run the one test, with the path of the
// table in an environment variable.
const childVariable = "CONF_TEST_TABLE"

func child(t *testing.T, path string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"-test.run=^" + t.Name() +
		"$"}, args...)...)
	cmd.Env = append(os.Environ(), childVariable+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestCrashLeavesTheOldFile(t *testing.T) {
	if path := os.Getenv(childVariable); path != "" {
		beforeRename = func() {
			fmt.Println("written")
			_ = unix.Pause()
		}
		t.Fatalf("the edit ended: %v",
			editing(Table{Path: path}).Add(user("alice", secretA, "5555", 0)))
	}

	const before = "[bob]\nsecret = 1\npin = 2\n"
	table := writeTable(t, before)
	for range 2 { // the second child meets what the first left
		cmd := child(t, table.Path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "written\n" {
			t.Fatalf("the child said %q, %v", line, err)
		}
		must(t, cmd.Process.Kill())
		_ = cmd.Wait()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if status.Signal() != syscall.SIGKILL {
			t.Fatalf("the child was not killed: %v", cmd.ProcessState)
		}
		if got := contentOf(t, table.Path); got != before {
			t.Fatalf("the table is\n%s", got)
		}
	}
	left := filepath.Join(filepath.Dir(table.Path), ".motp.conf.new")
	if got := contentOf(t, left); !strings.Contains(got, "[alice]") {
		t.Fatalf("the child was not between write and rename: %q", got)
	}
	if _, found, err := table.Users(); err != nil || len(found) != 1 {
		t.Errorf("Users: %v, %v", found, err)
	}

	must(t, editing(table).Add(user("carol", secretA, "5555", 0)))
	if got := contentOf(t, table.Path); !strings.HasPrefix(got, before) ||
		!strings.Contains(got, "[carol]") ||
		strings.Contains(got, "[alice]") {
		t.Errorf("the next edit made\n%s", got)
	}
	onlyFile(t, table.Path)
}

// A lock on a file that another edit has replaced is worth nothing.
func TestLockIsOnTheFileThatStands(t *testing.T) {
	table := writeTable(t, "old")
	defer func() { beforeLock = func() {} }()
	beforeLock = func() {
		beforeLock = func() {}
		must(t, os.WriteFile(table.Path+".other", []byte("new"), 0o600))
		must(t, os.Rename(table.Path+".other", table.Path))
	}
	locked, err := lockFile(table.Path)
	must(t, err)
	defer locked.unlock()
	if content, err := io.ReadAll(locked.file); err != nil || string(content) != "new" {
		t.Errorf("the lock is on the file with %q, %v", content, err)
	}
}

func TestTwoEditorsLoseNothing(t *testing.T) {
	const each = 20
	if path := os.Getenv(childVariable); path != "" {
		me := os.Args[len(os.Args)-1]
		must(t, editing(Table{Path: path}).Add(user("passing-"+me, secretA, "5555", 0)))
		for i := range each {
			must(t, editing(Table{Path: path}).Add(user(fmt.Sprintf("%s-%d", me, i),
				secretA, "5555", 0)))
		}
		must(t, editing(Table{Path: path}).Remove("passing-"+me))
		return
	}

	table := Table{Path: filepath.Join(t.TempDir(), "motp.conf")} // they make it, too
	Editors := []string{"one", "two", "three", "four"}
	var running []*exec.Cmd
	for _, name := range Editors {
		cmd := child(t, table.Path, name)
		must(t, cmd.Start())
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	_, found, err := table.Users()
	must(t, err)
	there := make(map[string]bool)
	for _, e := range found {
		if e.Err != nil {
			t.Error(e.Err)
		}
		there[e.User.Name] = true
	}
	for _, name := range Editors {
		for i := range each {
			if user := fmt.Sprintf("%s-%d", name, i); !there[user] {
				t.Errorf("%s was lost", user)
			}
		}
	}
	if want := each * len(Editors); len(found) != want {
		t.Errorf("%d users, want %d", len(found), want)
	}
	onlyFile(t, table.Path)
}
