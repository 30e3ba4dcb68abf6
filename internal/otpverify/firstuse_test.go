package otpverify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// testdata/record-v1 was written by the last program of version 1, which accepted the code of this
// step from Alice.
const (
	v1Moment = 1795702968
	v1Secret = "0123456789abcdef"
)

// A past is a folder in which somebody has been called by each of the names, with a secret of its
// own, from before there were links.
type past struct {
	folder string
	mu     sync.Mutex
	told   bytes.Buffer
	now    time.Time
}

func newPast(t *testing.T, names ...string) *past {
	t.Helper()
	p := &past{folder: t.TempDir(), now: time.Unix(v1Moment, 0)}
	c := p.call()
	if err := c.makeRecords(); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		u := motp.User{Name: name, Tokens: []motp.Token{tokenOf(name)}}
		res, err := c.verifier().Verify(context.Background(), u, p.code(name), p.now)
		if err != nil || res.Verdict != motp.Accepted {
			t.Fatal(name, res, err)
		}
	}
	return p
}

func (p *past) call() Call {
	c := defaultCall()
	c.state = p.folder
	return c
}

func (p *past) put(t *testing.T, name string, content []byte, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(p.call().records(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func (p *past) putV1(t *testing.T, mode os.FileMode) {
	t.Helper()
	b, err := os.ReadFile("testdata/record-v1")
	if err != nil {
		t.Fatal(err)
	}
	p.put(t, "Alice", b, mode)
}

// tokenOf is the token of whoever has the name, in small letters.
func tokenOf(name string) motp.Token {
	secret := "secret of " + strings.ToLower(name)
	if secret == "secret of alice" {
		secret = v1Secret
	}
	return motp.Token{Secret: secret, PIN: "6666"}
}

func (p *past) code(name string) string { return tokenOf(name).Code(p.now) }

// enter is a call with the code of now, or the one of some steps later.
func (p *past) enter(name string, later int64) (exit int) {
	token := tokenOf(name)
	return p.enterWith(name, token, token.CodeAt(token.Step(p.now)+later))
}

func (p *past) enterWith(name string, token motp.Token, code string) (exit int) {
	five := []string{name, code, token.Secret, token.PIN, "0", "--state", p.folder}
	_, exit, err := Run(five, Env{
		Now: func() time.Time { return p.now },
		Log: func(_ int, line string) { p.tell(line) },
	})
	if err != nil {
		p.tell(err.Error())
	}
	return exit
}

func (p *past) tell(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(&p.told, line)
}

// want is what becomes of a call.
func (p *past) want(t *testing.T, exit int, name string, later int64) {
	t.Helper()
	if got := p.enter(name, later); got != exit {
		t.Errorf("%s, %d steps later: exit code %d, want %d\n%s", name, later, got,
			exit, &p.told)
	}
}

// A watch counts how often records, and their folder, are opened and read.
type watch int

func watchRecords(t *testing.T, p *past) watch {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	records := p.call().records()
	if _, err := unix.InotifyAddWatch(fd, records, unix.IN_OPEN|unix.IN_ACCESS); err != nil {
		t.Fatal(err)
	}
	// the links' own folder is opened to be on disk, and not to be read
	links := filepath.Join(records, ".secrets")
	if _, err := unix.InotifyAddWatch(fd, links, unix.IN_ACCESS); err != nil {
		t.Fatal(err)
	}
	return watch(fd)
}

func (w watch) count(t *testing.T) (n int) {
	t.Helper()
	b := make([]byte, 1<<16)
	for {
		got, err := unix.Read(int(w), b)
		if err == unix.EAGAIN {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < got; n++ {
			event := (*unix.InotifyEvent)(unsafe.Pointer(&b[at]))
			at += unix.SizeofInotifyEvent + int(event.Len)
			if event.Mask&unix.IN_Q_OVERFLOW != 0 {
				t.Fatal("more was opened than can be counted")
			}
		}
	}
}

func people(n int) (names []string) {
	for i := range n {
		names = append(names, "u"+strconv.Itoa(i))
	}
	return names
}

// The first call with a secret is as much work with many records as with few, whether it is one of
// theirs or not.
func TestFirstUseWork(t *testing.T) {
	work := map[int][]int{}
	for _, n := range []int{4, 40} {
		p := newPast(t, people(n)...)
		p.want(t, 0, "u0", 1)
		for _, name := range []string{"U1", "u2", "new", "New"} {
			w := watchRecords(t, p)
			p.want(t, 0, name, 1+int64(len(work[n])))
			work[n] = append(work[n], w.count(t))
		}
	}
	if fmt.Sprint(work[4]) != fmt.Sprint(work[40]) || work[4][0] == 0 {
		t.Errorf("with 4 records %v files are opened or read, with 40 %v",
			work[4], work[40])
	}
}

// Whoever comes first with a secret waits for nobody who does the same.
func TestFirstUseWaitsForNobody(t *testing.T) {
	p := newPast(t, "bob", "carol")
	p.want(t, 0, "bob", 1)
	other, err := os.Open(filepath.Join(p.call().records(), ".secrets"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := unix.Flock(int(other.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	p.want(t, 0, "CAROL", 1)
	p.want(t, 5, "carol", 0)
	p.want(t, 0, "dave", 0)
}

// Many come at once, after the upgrade: nobody is refused, and nothing is good twice.
func TestFirstUseOfMany(t *testing.T) {
	p := newPast(t, people(20)...)
	var calls sync.WaitGroup
	exits := make([]int, 80)
	for i := range exits {
		calls.Add(1)
		go func() {
			defer calls.Done()
			switch name := strconv.Itoa(i / 4); i % 4 {
			case 0:
				exits[i] = p.enter("U"+name, 0) // used before
			case 1:
				exits[i] = p.enter("same", 0) // twenty times
			case 2:
				exits[i] = p.enter("U"+name, 1)
			case 3:
				exits[i] = p.enterWith("crowd", tokenOf("x"+name), p.code("x"+name))
			}
		}()
	}
	calls.Wait()
	same := 0
	for i, exit := range exits {
		want := []int{5, exit, 0, 0}[i%4]
		if i%4 == 1 && exit == 0 {
			same++
		}
		if exit != want || exit != 0 && exit != 5 {
			t.Errorf("call %d of kind %d: %d, want %d", i, i%4, exit, want)
		}
	}
	if same != 1 {
		t.Errorf("one code of one secret was accepted %d times", same)
	}
	if t.Failed() {
		t.Log(&p.told)
	}
}

// Version 1 knew a secret by another hash. What it remembers is the one secret's, and no other's.
func TestFirstUseVersion1(t *testing.T) {
	for _, first := range []string{"ALICE", "bob", "Alice"} {
		t.Run(first, func(t *testing.T) {
			p := newPast(t)
			p.putV1(t, 0o600)
			if first == "bob" {
				p.want(t, 0, "bob", 0)
			}
			p.want(t, 5, first, 0)
			p.want(t, 5, "alice", 0)
			p.want(t, 0, "aLICE", 1)
			p.want(t, 5, "Alice", 1)
			want := 1
			if first == "bob" {
				want = 2
			}
			names, err := p.call().recordNames()
			if err != nil || len(names) != want {
				t.Errorf("the records are %q, %v", names, err)
			}
		})
	}
}

// A record of another secret, with the name that is typed, is not taken from it.
func TestFirstUseOfAnothersName(t *testing.T) {
	p := newPast(t)
	p.putV1(t, 0o600)
	token := motp.Token{Secret: "another", PIN: "6666"}
	if exit := p.enterWith("Alice", token, token.Code(p.now)); exit != 0 {
		t.Errorf("another secret: %d\n%s", exit, &p.told)
	}
	p.want(t, 5, "ALICE", 0)
	p.want(t, 0, "alice", 1)
	if exit := p.enterWith("ALICE", token, token.Code(p.now)); exit != 5 {
		t.Errorf("another secret's code again: %d\n%s", exit, &p.told)
	}
}

// What cannot be read concerns those whose record it could be, by its name, and nobody else.
func TestFirstUseBesideStrayFiles(t *testing.T) {
	p := newPast(t, "carol")
	records := p.call().records()
	p.put(t, "backup", []byte("x"), 0o600)
	p.put(t, "loose", nil, 0o644)
	p.put(t, "empty", nil, 0o600)
	for _, err := range []error{
		os.Mkdir(records+"/folder", 0o700),
		unix.Mkfifo(records+"/fifo", 0o600),
		os.Symlink("carol", records+"/link"),
		os.Symlink("nowhere", records+"/.strange"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p.want(t, 0, "alice", 0)
	p.want(t, 5, "alice", 0)
	p.want(t, 5, "Carol", 0)
	p.want(t, 0, "Carol", 1)
	for _, file := range []string{"backup", "loose", "empty", "folder", "fifo"} {
		if !strings.Contains(p.told.String(), records+"/"+file+":") {
			t.Errorf("nothing is told of %s", file)
		}
	}
	reach := motp.DefaultPolicy.Reach(tokenOf("backup"))
	for _, name := range []string{"Backup", "BACKUP@example.org",
		`EXAMPLE\backup`, " backup "} {
		if exit := p.enterWith(name, tokenOf(name), tokenOf(name).CodeAt(
			tokenOf(name).Step(p.now)+reach)); exit != 5 {
			t.Errorf("%q: %d, want 5", name, exit)
		}
	}
	p.want(t, 7, "folder", 0)
	p.now = p.now.Add(time.Duration(2*reach+1) * motp.StepLength)
	p.want(t, 0, "Backup", 0)
}

// A record that is mended after it was left aside is found by its name, in any spelling.
func TestFirstUseOfMendedRecord(t *testing.T) {
	p := newPast(t)
	p.putV1(t, 0o644)
	p.want(t, 0, "bob", 0)
	p.putV1(t, 0o600)
	for later, want := range []int{5, 0, 5} {
		token, step := tokenOf("alice"), min(int64(later), 1)
		code := token.CodeAt(token.Step(p.now) + step)
		if exit := p.enterWith("ALICE@example.org", token, code); exit != want {
			t.Errorf("%d steps later: %d, want %d\n%s", step, exit, want, &p.told)
		}
	}
	if names, err := p.call().recordNames(); err != nil || len(names) != 2 {
		t.Errorf("the records are %q, %v", names, err)
	}
}

// A secret whose link is lost is found by what its record remembers.
func TestFirstUseWithoutLink(t *testing.T) {
	p := newPast(t, "carol")
	p.want(t, 0, "dave", 0)
	p.want(t, 0, "Carol", 1)
	for _, name := range []string{"dave", "carol"} {
		link := filepath.Join(p.call().records(), ".secrets",
			secretHash(tokenOf(name).Secret))
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
	p.want(t, 5, "DAVE", 0)
	p.want(t, 5, "CAROL", 1)
	if names, err := p.call().recordNames(); err != nil || len(names) != 2 {
		t.Errorf("the records are %q, %v", names, err)
	}
}

// patient is a context that is over once it has been asked a number of times.
type patient struct {
	context.Context
	asked int
}

func (p *patient) Err() error {
	if p.asked--; p.asked < 0 {
		return context.Canceled
	}
	return nil
}

// Whoever makes the index may be ended at any time; the next one goes on, and does not begin anew.
func TestIndexGoesOn(t *testing.T) {
	const n = 2*batch + 3
	p := newPast(t, "u0", "zoe")
	p.putV1(t, 0o644)
	for i := range n {
		name := "r" + strconv.Itoa(i)
		if err := p.call().verifier().Store.Prepare(context.Background(), name,
			blank); err != nil {
			t.Fatal(err)
		}
	}
	x := p.call().index(func(int, string) {})
	for _, files := range []int{3, batch + 5} {
		if err := x.ensure(&patient{context.Background(), files}); !ofSystem(err) {
			t.Fatalf("after %d files: %v", files, err)
		}
		if done, err := x.done(); done || err != nil {
			t.Fatal(done, err)
		}
	}
	w := watchRecords(t, p)
	p.want(t, 5, "U0", 0)
	if got := w.count(t); got > 4*batch {
		t.Errorf("%d times something was opened or read, of which the half was done", got)
	}
	own, err := x.find(string(tokenOf("u0").Fingerprints()[0]))
	if err != nil || fmt.Sprint(own) != "[u0]" {
		t.Errorf("the secret is known to %v, %v", own, err)
	}
	p.want(t, 5, "ZOE", 0)
	p.want(t, 0, "ZOE", 1)
	p.want(t, 5, "alice", 0)
	w = watchRecords(t, p)
	p.want(t, 0, "new", 1)
	if got := w.count(t); got > 20 {
		t.Errorf("a first use after that opens and reads %d times", got)
	}
}

func blank(motp.Current) (motp.Next, error) {
	return motp.Next{Record: append([]byte{2, 1, 48, 0}, make([]byte, 48)...)}, nil
}

// Links from before there was an index hold their records.
func TestIndexKnowsEarlierLinks(t *testing.T) {
	p := newPast(t, "carol")
	links := filepath.Join(p.call().records(), ".secrets")
	if err := os.Mkdir(links, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(links, secretHash("another"))
	if err := os.Symlink("0:new", link); err != nil {
		t.Fatal(err)
	}
	p.want(t, 0, "new", 0)
	if exit := p.enterWith("x", motp.Token{Secret: "another", PIN: "1"}, "000000"); exit != 1 {
		t.Errorf("the secret of the link: %d\n%s", exit, &p.told)
	}
	names, err := p.call().recordNames()
	if err != nil || fmt.Sprint(names) != "[carol new new/2]" {
		t.Errorf("the records are %q, %v", names, err)
	}
}

// Records that come back from a backup are found once "motp restored" has been told.
func TestLookAgain(t *testing.T) {
	p := newPast(t)
	p.want(t, 0, "bob", 0)
	p.putV1(t, 0o600)
	if err := LookAgain(p.folder); err != nil {
		t.Fatal(err)
	}
	p.want(t, 5, "ALICE", 0)
	p.want(t, 5, "BOB", 0)
	if err := LookAgain(filepath.Join(p.folder, "none")); err != nil {
		t.Error(err)
	}
}

// One who waits for the index waits as long as it grows, and no longer.
func TestIndexIsWaitedFor(t *testing.T) {
	folder := t.TempDir()
	wait := func(ctx context.Context, patience func() <-chan time.Time) error {
		f, err := os.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return lockFolder(ctx, f, patience)
	}
	held, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(held.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	over := make(chan time.Time)
	close(over)
	atOnce := func() <-chan time.Time { return over }
	if err := wait(context.Background(), atOnce); !errors.Is(err, motp.ErrBusy) {
		t.Errorf("nothing comes of it: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	never := func() <-chan time.Time { return nil }
	if err := wait(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever waits is ended: %v", err)
	}
	rounds := 0
	err = wait(context.Background(), func() <-chan time.Time {
		if rounds++; rounds > 3 {
			held.Close()
			return nil
		}
		at := time.Unix(int64(rounds), 0)
		if err := os.Chtimes(folder, at, at); err != nil {
			t.Error(err)
		}
		return over
	})
	if err != nil || rounds < 4 {
		t.Errorf("it grows: %v after %d rounds", err, rounds)
	}
}
