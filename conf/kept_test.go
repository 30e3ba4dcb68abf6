package conf

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// Clocks by which a table that a test has just written can be relied on, or cannot.
var (
	later  = func() time.Time { return time.Now().Add(time.Hour) }
	before = func() time.Time { return time.Unix(0, 0) }
)

// keep keeps a table, and makes an index whenever it is asked for one.
func keep(table Table) *Kept {
	k := Keep(table.Path, nil)
	k.now, k.pause = later, 0
	return k
}

// refreshed asks for an index, and returns what there is when that has been tried.
func (k *Kept) refreshed() *index {
	k.refresh()
	return k.quiet()
}

// quiet waits until nobody makes an index, and returns what there is then.
func (k *Kept) quiet() *index {
	k.mu.Lock()
	done := k.builder
	k.mu.Unlock()
	if done != nil {
		<-done
	}
	return k.index.Load()
}

// indexed makes an index, of which there must be one.
func indexed(t *testing.T, k *Kept) {
	t.Helper()
	if x := k.refreshed(); x == nil || !x.fit {
		t.Fatalf("no index: %+v", x)
	}
}

// byIndex says whether the index alone has the answer.
func (k *Kept) byIndex(name string) bool {
	x, fd, ok := k.open()
	if !ok {
		return false
	}
	defer unix.Close(fd)
	_, _, err := k.lookup(x, fd, name)
	return err == nil || err == ErrNoUser
}

// same holds what is kept to what a search says: everything, with the words of errors.
func same(t *testing.T, k *Kept, names ...string) {
	t.Helper()
	for _, name := range names {
		all, u, err := k.Lookup(name)
		wantAll, wantUser, wantErr := k.table.Lookup(name)
		if !reflect.DeepEqual(all, wantAll) || !reflect.DeepEqual(u, wantUser) ||
			!reflect.DeepEqual(err, wantErr) {
			t.Errorf("%q: kept is %+v, %+v, %v, and there is %+v, %+v, %v",
				name, all, u, err, wantAll, wantUser, wantErr)
		}
	}
	settings, err := k.Settings()
	want, wantErr := k.table.Settings()
	if !reflect.DeepEqual(settings, want) || !reflect.DeepEqual(err, wantErr) {
		t.Errorf("kept are %+v, %v, and set are %+v, %v", settings, err, want, wantErr)
	}
}

func TestKeptIsQuick(t *testing.T) {
	for form, text := range map[string]string{
		"sections": sectionForm + "[bob/app]\nsecret = 7ac61d4736f51a2b\npin = 5\n",
		"columns":  columnForm,
		"nobody":   "window = 1m\n",
		"empty":    "",
	} {
		t.Run(form, func(t *testing.T) {
			table := write(t, text)
			k := keep(table)
			same(t, k, "alice", "bob", "nobody", "")
			indexed(t, k)
			for range 2 { // without and with a folder beside the table
				for _, name := range []string{"alice", "bob", "alice2", "",
					"nobody",
					"dora", "alic", "alice ", "[alice]", "alice/app",
					"alice\n"} {
					if !k.byIndex(name) {
						t.Errorf("%q is searched for", name)
					}
					same(t, k, name)
				}
				own(t, table, "dora.conf", "[dora]\nsecret=dd\npin=4\n")
			}
		})
	}
}

// What is wrong is told in the words of a search, with its lines, and concerns whom it did.
func TestKeptMistakes(t *testing.T) {
	for _, c := range mistakes {
		table := write(t, c.text+"\n"+zoe)
		k := keep(table)
		same(t, k, "a", "zoe", "nobody")
		k.refreshed()
		same(t, k, "a", "zoe", "nobody")
		own(t, table, "a.conf", "[a]\nsecret=dd\npin=4\n")
		own(t, table, "b.conf", "[c]\nsecret=dd\npin=4\n")
		same(t, k, "a", "zoe", "nobody", "b", "c")
	}
}

// Names of which there is more than an index knows how to deal with are searched for; so is
// everyone in a table that is made otherwise.
func TestKeptSearches(t *testing.T) {
	section := func(name string) string { return "[" + name + "]\nsecret = aa\npin = 1\n" }
	const comment = "; 3456789 123456789 123456789 123456789\n"
	many := strings.Repeat(zoe, maxAlike+1)
	long := strings.Repeat(comment, maxEntry/len(comment)+1)
	for name, c := range map[string]struct {
		text string
		fit  bool
	}{
		"a user many times":      {section("a") + many, true},
		"a long comment":         {section("zoe") + long + section("a"), true},
		"a long comment first":   {strings.Repeat(long, 5) + section("zoe"), false},
		"a long line":            {zoe + ";" + strings.Repeat("x", chunk) + "\n", false},
		"sections among rows":    {"a aa 1\n[zoe]\n", false},
		"a zero byte":            {zoe + "\x00", false},
		"a mistake in a setting": {"window = 1\n" + zoe, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := keep(write(t, c.text))
			x := k.refreshed()
			if x == nil || x.fit != c.fit {
				t.Fatalf("index %+v, want fit %v", x, c.fit)
			}
			if c.fit != k.byIndex("a") {
				t.Errorf("a is found by the index: %v", !c.fit)
			}
			if k.byIndex("zoe") {
				t.Error("zoe is found by the index")
			}
			same(t, k, "a", "zoe", "nobody")
			if k.refreshed() != x {
				t.Error("a table that was read is read again")
			}
		})
	}
}

// Names with the same hash are told apart by what stands in the table.
func TestKeptHashes(t *testing.T) {
	var sections, rows strings.Builder
	var names []string
	for i := range 40 {
		name := strings.Repeat("x", i%8) + fmt.Sprint(i)
		const section = "[%s]\nsecret = %d\npin = 1\n"
		fmt.Fprintf(&sections, section+section, name, i, name+"/app", i)
		fmt.Fprintf(&rows, "%s a%d 1\n", name, i)
		names = append(names, name, "y"+name)
	}
	for _, text := range []string{sections.String(), rows.String()} {
		for alike, hash := range map[string]hasher{
			"all":    func([]byte) uint32 { return 7 },
			"length": func(name []byte) uint32 { return uint32(len(name)) << 31 },
			"end":    func(name []byte) uint32 { return uint32(name[len(name)-1]) },
			"highest": func(name []byte) uint32 {
				return 1<<32 - 1 - uint32(name[len(name)-1]%2)
			},
		} {
			t.Run(alike, func(t *testing.T) {
				k := keep(write(t, text))
				k.hash = hash
				indexed(t, k)
				same(t, k, names...)
			})
		}
	}
}

// randomTable is one in which little or much is wrong.
func randomTable(r *rand.Rand) string {
	names := []string{"alice", "bob", "alice2", "al", "a b", "é", "a]b", "x@y", "#x", "w"}
	rows := r.IntN(3) == 0
	var b strings.Builder
	if !rows && r.IntN(2) == 0 {
		b.WriteString("window = 1m\ncallers = a: b\n")
	}
	odd := func(usual string, others ...string) string {
		if r.IntN(12) > 0 {
			return usual
		}
		return others[r.IntN(len(others))]
	}
	for range r.IntN(12) {
		name := names[r.IntN(len(names))]
		b.WriteString(odd("", "; x\n", "\n", "\t\r\n", "\ufeff", " ", "x = 1\n", "\x00"))
		if rows {
			b.WriteString(name + odd(" aa", "", "\taa"))
			b.WriteString(odd(" 1", "", " 1 1 # x") + "\n")
			b.WriteString(odd("", "["+name+"]\n"))
			continue
		}
		b.WriteString(odd("", " ", "\t") + "[" + name + odd("", "/app", "/", "/"+name))
		b.WriteString(odd("]\n", "] \r\n", "\n", "]]\n", "] x\n", "", "]"))
		b.WriteString(odd("secret = aa\n", "", "secret =\n", "secret\n", "x = 1\n"))
		b.WriteString(odd("pin = 1\n", "", "pin = 1\npin = 2\n", "pin = 1\r\n", "pin = 1"))
	}
	return b.String()
}

// Whatever stands in a table, and however often that changes, what is kept is what is there: before
// an index is made, by it, and after the change.
func TestKeptIsTheTable(t *testing.T) {
	names := []string{"alice", "bob", "alice2", "al", "a b", "é", "a]b", "x@y", "#x", "w", "a",
		"al/app", "", "[al", "[alice]", "alice]", "alice\r", "nobody", " al", "al\n"}
	r := rand.New(rand.NewPCG(1, 2))
	table := write(t, "")
	k := keep(table)
	quick := 0 // how many answers an index had
	for i := range 600 {
		k.quiet()
		if i%3 == 0 {
			k.hash = func(name []byte) uint32 { return uint32(len(name)) }
		}
		k.chunk = 64 << (i % 5)
		if err := os.WriteFile(table.Path, []byte(randomTable(r)), 0o600); err != nil {
			t.Fatal(err)
		}
		name := names[r.IntN(12)]
		file := filepath.Join(table.Dir(), motp.EncodeName(name)+".conf")
		if r.IntN(3) == 0 {
			own(t, table, filepath.Base(file), randomTable(r))
		} else if r.IntN(2) == 0 {
			os.RemoveAll(table.Dir())
		}
		k.now = before
		same(t, k, names...)
		k.quiet()
		k.now = later
		k.index.Store(nil)
		k.refreshed()
		same(t, k, names...)
		for _, name := range names {
			if k.byIndex(name) {
				quick++
			}
		}
		if t.Failed() {
			text, _ := os.ReadFile(table.Path)
			t.Fatalf("table %d: %q", i, text)
		}
	}
	if quick < 600*len(names)/3 {
		t.Errorf("%d answers by an index", quick)
	}
}

// FuzzKept is the same for whatever a fuzzer thinks of.
func FuzzKept(f *testing.F) {
	for _, c := range mistakes {
		f.Add(c.text, "", "a", uint8(0))
	}
	for _, text := range hardTables(3) {
		f.Add(text[:min(len(text), 200)], "[user]\nsecret=1\npin=1\n", "user", uint8(3))
	}
	f.Fuzz(func(t *testing.T, text, owned, name string, alike uint8) {
		table := write(t, text)
		k := keep(table)
		k.chunk = 32 + int(alike)
		if alike > 0 {
			k.hash = func(name []byte) uint32 { return uint32(len(name) % int(alike)) }
		}
		file := motp.EncodeName(name) + ".conf"
		if len(owned) > 0 && len(file) < 256 {
			own(t, table, file, owned)
		}
		k.refreshed()
		same(t, k, name, "a", "alice", "user", "zoe", "")
	})
}

// A table whose times are too young to tell what is in it is searched, and so is one from the
// future.
func TestKeptWaitsUntilTimesTell(t *testing.T) {
	table := write(t, sectionForm)
	var st unix.Stat_t
	if err := unix.Stat(table.Path, &st); err != nil {
		t.Fatal(err)
	}
	changed := time.Unix(0, st.Ctim.Nano())
	settled := changed.Add(settling)
	for _, c := range []struct {
		now  time.Time
		want bool
	}{{settled, true}, {settled.Add(-1), false}, {changed, false}, {changed.Add(-1), false},
		{changed.Add(-time.Hour), false}, {settled.Add(time.Hour), true}} {
		k := keep(table)
		indexed(t, k)
		k.now = func() time.Time { return c.now }
		if k.byIndex("alice") != c.want {
			t.Errorf("%v after the change: by the index is %v", c.now.Sub(changed),
				!c.want)
		}
		k = keep(table)
		k.now = func() time.Time { return c.now }
		if c.now.Before(changed) || c.want {
			if x := k.refreshed(); (x != nil) != c.want {
				t.Errorf("%v after the change: index %+v", c.now.Sub(changed), x)
			}
		}
	}
	future := time.Now().Add(1000 * time.Hour)
	if err := os.Chtimes(table.Path, future, future); err != nil {
		t.Fatal(err)
	}
	if x := keep(table).refreshed(); x != nil {
		t.Errorf("a table from the future has the index %+v", x)
	}
}

// A table that changes all the time is never read for an index, however often it is asked for.
func TestKeptOfATableThatChangesAllTheTime(t *testing.T) {
	table := write(t, sectionForm)
	k := Keep(table.Path, nil)
	k.settling, k.pause = time.Millisecond, 0
	k.now = func() time.Time { // always a moment after the last change
		var st unix.Stat_t
		if err := unix.Stat(table.Path, &st); err != nil {
			t.Error(err)
		}
		return time.Unix(0, st.Ctim.Nano()+1000)
	}
	hash, read := k.hash, false
	k.hash = func(name []byte) uint32 {
		read = true
		return hash(name)
	}
	for range 100 {
		same(t, k, "alice", "nobody")
		if x := k.refreshed(); x != nil || read {
			t.Fatalf("it was read, and the index is %+v", x)
		}
	}
	k.now = later
	indexed(t, k)
	if !read {
		t.Error("there is an index, and nothing was read")
	}
}

// Two who ask have one index made, and none is made for a while after another.
func TestKeptRests(t *testing.T) {
	k := keep(write(t, sectionForm))
	k.pause = 100 * time.Millisecond
	began := time.Now()
	indexed(t, k)
	k.index.Store(nil)
	indexed(t, k)
	if rested := time.Since(began); rested < k.pause {
		t.Errorf("the next index is made %v after", rested)
	}
	k.pause = time.Hour
	k.refreshed()
	k.refresh()
	builder := k.builder
	k.refresh()
	if builder == nil || k.builder != builder {
		t.Error("another index is made while one is being made")
	}
}

// While somebody may write, without the times telling, no index is made.
func TestKeptWhileSomebodyWrites(t *testing.T) {
	table := write(t, sectionForm)
	k := keep(table)
	file, err := os.OpenFile(table.Path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if x := k.refreshed(); x != nil {
		t.Errorf("index %+v of a table that is open for writing", x)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	indexed(t, k)
}

// An index of a table that changes while it is made is thrown away.
func TestKeptChangesWhileItIsRead(t *testing.T) {
	table := write(t, sectionForm)
	k := keep(table)
	hash, once := k.hash, false
	k.hash = func(name []byte) uint32 {
		if !once {
			once = true
			if err := os.Chmod(table.Path, 0o400); err != nil {
				t.Error(err)
			}
		}
		return hash(name)
	}
	if x := k.refreshed(); x != nil || !once {
		t.Errorf("index %+v of a table that changed", x)
	}
	indexed(t, k)
}

// An index that leads anywhere else, which no table with its stamp has, is no good for an answer.
func TestKeptIsNotLedAstray(t *testing.T) {
	for _, text := range []string{sectionForm, columnForm} {
		k := keep(write(t, text))
		indexed(t, k)
		right := k.index.Load()
		for by := range len(text) {
			x := *right
			x.places = nil
			for _, p := range right.places {
				x.places = append(x.places, spotOf(p.hash(),
					(p.at()+1+int64(by))%int64(len(text))))
			}
			slices.Sort(x.places)
			k.index.Store(&x)
			for _, name := range []string{"alice", "bob"} {
				want, got := "", ""
				if _, u, err := k.table.Lookup(name); err == nil {
					want = u.Tokens[0].PIN
				}
				if _, u, err := k.Lookup(name); err == nil {
					got = u.Tokens[0].PIN
				}
				if got != want {
					t.Errorf("%d bytes on %s has the PIN %q", by+1, name, got)
				}
			}
		}
	}
}

// An answer that is read while the table changes counts for nothing.
func TestKeptChangesWhileItAnswers(t *testing.T) {
	table := write(t, sectionForm)
	k := keep(table)
	indexed(t, k)
	x, fd, ok := k.open()
	if !ok {
		t.Fatal("no index")
	}
	defer unix.Close(fd)
	if err := os.Truncate(table.Path, int64(len(sectionForm)-1)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.lookup(x, fd, "alice"); !errors.Is(err, errUnusual) {
		t.Errorf("%v", err)
	}
}
