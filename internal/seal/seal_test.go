package seal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// newRing has a key in a folder of its own, whose file is old enough to be relied on.
func newRing(t *testing.T) *Ring {
	t.Helper()
	r := In(t.TempDir(), conf.ReadPrivate)
	if _, err := r.Create(); err != nil {
		t.Fatal(err)
	}
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A sealed value opens where it was sealed, and nowhere else, with its key, and as it is.
func TestOpensInItsPlaceOnly(t *testing.T) {
	r := newRing(t)
	sealed, err := r.Seal("alice", "tablet", "secret", "7ac61d4736f51a2b")
	must(t, err)
	if strings.Contains(sealed, "7ac61d47") || !strings.HasPrefix(sealed, "sealed:v1:") ||
		len(sealed) > MaxSealed {
		t.Fatal(sealed)
	}
	again, err := r.Seal("alice", "tablet", "secret", "7ac61d4736f51a2b")
	if must(t, err); again == sealed {
		t.Error("the same value is sealed the same twice")
	}
	if got, err := r.Open("alice", "tablet", "secret", sealed); err != nil ||
		got != "7ac61d4736f51a2b" {
		t.Errorf("%q, %v", got, err)
	}
	id := KeyID(sealed)
	const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	next := signs[strings.IndexByte(signs, sealed[len(sealed)-1])+1] // of the same bytes
	for what, c := range map[string][5]string{
		"another user":    {"bob", "tablet", "secret", sealed, "does not open"},
		"another token":   {"alice", "", "secret", sealed, "does not open"},
		"another field":   {"alice", "tablet", "pin", sealed, "does not open"},
		"shifted lengths": {"alicet", "ablet", "secret", sealed, "does not open"},
		"cut":             {"alice", "tablet", "secret", sealed[:len(sealed)-4], ""},
		"cut short":       {"alice", "tablet", "secret", sealed[:30], "not whole"},
		"another sign": {"alice", "tablet", "secret",
			sealed[:60] + "AAAA" + sealed[64:], ""},
		"not base64": {"alice", "tablet", "secret",
			sealed[:60] + "!" + sealed[61:], "not whole"},
		"another sign at the end": {"alice", "tablet", "secret",
			sealed[:len(sealed)-1] + string(next), "not whole"},
		"padded": {"alice", "tablet", "secret", sealed + "=", "not whole"},
		"a line end in it": {"alice", "tablet", "secret",
			sealed[:60] + "\n" + sealed[60:], ""},
		"another key's id": {"alice", "tablet", "secret",
			strings.Replace(sealed, id, "00000000", 1), "not among those"},
		"no id": {"alice", "tablet", "secret", "sealed:v1::" + sealed[20:],
			"not whole"},
		"version 2": {"alice", "tablet", "secret", "sealed:v2" + sealed[9:],
			"later version"},
		"nothing": {"alice", "tablet", "secret", "sealed:", "does not know"},
		"long": {"alice", "tablet", "secret", sealed + strings.Repeat("A", MaxSealed),
			"not whole"},
	} {
		got, err := r.Open(c[0], c[1], c[2], c[3])
		if !errors.Is(err, motp.ErrSealed) || got != "" ||
			!strings.Contains(err.Error(), c[4]) ||
			strings.Contains(err.Error(), "7ac61d47") {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}

// Another site's key opens nothing, not even under the same id.
func TestAnotherSitesKey(t *testing.T) {
	r := newRing(t)
	sealed, err := r.Seal("alice", "", "pin", "5555")
	must(t, err)
	other := newRing(t)
	text, err := os.ReadFile(other.file)
	must(t, err)
	ids, err := other.IDs()
	must(t, err)
	renamed := strings.Replace(string(text), ids[0]+" ", KeyID(sealed)+" ", 1)
	must(t, os.WriteFile(other.file, []byte(renamed), 0o600))
	if got, err := other.Open("alice", "", "pin", sealed); !errors.Is(err, motp.ErrSealed) {
		t.Errorf("%q, %v", got, err)
	}
	// the same key elsewhere is the same site
	copied := In(t.TempDir(), conf.ReadPrivate)
	text, err = os.ReadFile(r.file)
	must(t, err)
	must(t, os.WriteFile(copied.file, text, 0o600))
	if got, err := copied.Open("alice", "", "pin", sealed); err != nil || got != "5555" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestID(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "azAZ09._-": true, strings.Repeat("z", 32): true,
		"": false, strings.Repeat("z", 33): false,
	} {
		if isID(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
	const signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	for c := range 256 {
		one := string([]byte{byte(c)})
		if want := strings.Contains(signs, one); isID("a"+one+"a") != want {
			t.Errorf("%q: %v", one, !want)
		}
	}
}

// Without a key a value stays as it is, and what is sealed does not open. A file that cannot be
// relied on is not one that is missing.
func TestKeyFile(t *testing.T) {
	r := newRing(t)
	sealed, err := r.Seal("alice", "", "pin", "5555")
	must(t, err)
	good, err := os.ReadFile(r.file)
	must(t, err)
	line := strings.Split(strings.TrimSpace(string(good)), "\n")
	key := line[len(line)-1]
	for what, c := range map[string]struct {
		text, want string
		mode       os.FileMode
	}{
		"open to others": {string(good), "0644, must be 0600", 0o644},
		"empty":          {"", "has no key in it", 0o600},
		"a comment":      {"# none\n", "has no key in it", 0o600},
		"short": {"a QUJD\n", "line 1: the key a is not 32 bytes in base64",
			0o600},
		"twice":       {key + "\n" + key + "\n", "stands twice", 0o600},
		"three words": {key + " x\n", "line 1: must be the id", 0o600},
		"no value":    {"a\n", "line 1: must be the id", 0o600},
		"not padded":  {strings.TrimSuffix(key, "=") + "\n", "is not 32 bytes", 0o600},
		"no id":       {"ä " + strings.Fields(key)[1], "line 1: must be the id", 0o600},
		"too many": {func() (all string) {
			for _, id := range strings.Split("abcdefghijklmnopq", "") {
				all += id + " " + strings.Fields(key)[1] + "\n"
			}
			return all
		}(), "more than 16 keys", 0o600},
	} {
		must(t, os.Remove(r.file))
		must(t, os.WriteFile(r.file, []byte(c.text), c.mode))
		must(t, os.Chmod(r.file, c.mode))
		got, err := r.Seal("alice", "", "pin", "5555")
		_, errOpen := r.Open("alice", "", "pin", sealed)
		for _, err := range []error{err, errOpen} {
			if !errors.Is(err, motp.ErrSealed) ||
				!strings.Contains(err.Error(), c.want) ||
				strings.Contains(err.Error(), strings.Fields(key)[1]) {
				t.Errorf("%s: %q, %v", what, got, err)
			}
		}
	}
	must(t, os.Remove(r.file))
	if got, err := r.Seal("alice", "", "pin", "5555"); err != nil || got != "5555" {
		t.Errorf("no key: %q, %v", got, err)
	}
	if _, err := r.Open("alice", "", "pin", sealed); !errors.Is(err, motp.ErrSealed) ||
		!strings.Contains(err.Error(), "there is no "+r.file) {
		t.Errorf("no key: %v", err)
	}
	must(t, os.Symlink("elsewhere", r.file))
	if _, err := r.Open("alice", "", "pin", sealed); !errors.Is(err, motp.ErrSealed) ||
		!strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("a link: %v", err)
	}
}

// A ring that stays has the keys as they are: after a change, after a removal, and after a return.
func TestNeverStale(t *testing.T) {
	r := newRing(t)
	sealed, err := r.Seal("alice", "", "pin", "5555")
	must(t, err)
	reads := 0
	r.read = func(path string) ([]byte, func(),
		error) {
		reads++
		return conf.ReadPrivate(path)
	}
	r.now = func() time.Time { return time.Now().Add(time.Hour) } // when times can be relied on
	kept, err := os.ReadFile(r.file)
	must(t, err)
	for range 2 {
		for range 3 {
			if _, err := r.Open("alice", "", "pin", sealed); err != nil {
				t.Fatal(err)
			}
		}
		must(t, os.Remove(r.file))
		if _, err := r.Open("alice", "", "pin", sealed); !errors.Is(err, motp.ErrSealed) {
			t.Fatal("opened without its key", err)
		}
		must(t, os.WriteFile(r.file, kept, 0o600))
	}
	if _, err := r.Open("alice", "", "pin", sealed); err != nil {
		t.Fatal(err)
	}
	must(t, os.WriteFile(r.file, []byte(strings.ToUpper(string(kept))), 0o600))
	if _, err := r.Open("alice", "", "pin", sealed); !errors.Is(err, motp.ErrSealed) {
		t.Fatal("opened with a key that was there before", err)
	}
	if reads > 8 {
		t.Errorf("the file was read %d times", reads)
	}
	// nor is what seals, which is not read for each of a million values either
	for _, first := range []string{"one", "another"} {
		line := first + " " + strings.Repeat("A", 43) + "=\n" + string(kept)
		must(t, os.Remove(r.file))
		must(t, os.WriteFile(r.file, []byte(line), 0o600))
		for range 100 {
			sealed, err := r.Seal("alice", "", "pin", "5555")
			if err != nil || KeyID(sealed) != first {
				t.Fatalf("%q, %v", sealed, err)
			}
		}
	}
	if reads > 10 {
		t.Errorf("the file was read %d times", reads)
	}
}

// While a key takes another's place both open, and each step can be taken again.
func TestRotation(t *testing.T) {
	r, other := newRing(t), (*Ring)(nil)
	old, err := r.Seal("alice", "", "pin", "5555")
	must(t, err)
	id, err := r.Renew()
	must(t, err)
	if again, err := r.Renew(); err != nil || again != id {
		t.Errorf("renewed twice: %q and %q, %v", id, again, err)
	}
	sealed, err := r.Seal("alice", "", "pin", "5555")
	must(t, err)
	if KeyID(sealed) != id || r.Fresh(old) || !r.Fresh(sealed) {
		t.Error("the new key does not seal")
	}
	other = In(filepath.Dir(r.file), conf.ReadPrivate)
	for _, value := range []string{old, sealed} {
		if got, err := other.Open("alice", "", "pin", value); err != nil || got != "5555" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := r.Retire("another"); err == nil {
		t.Error("a key was retired for another than the one that seals")
	}
	must(t, r.Retire(id))
	must(t, r.Retire(id))
	if _, err := r.Open("alice", "", "pin", old); !errors.Is(err, motp.ErrSealed) {
		t.Error("the old key still opens", err)
	}
	if got, err := r.Open("alice", "", "pin", sealed); err != nil || got != "5555" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := r.Create(); !errors.Is(err, fs.ErrExist) {
		t.Error("a key was overwritten", err)
	}
}

// Of several who change the file at once, nobody loses a key with which another may have sealed.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	const many = 8
	folder := t.TempDir()
	atOnce := func(change func(*Ring) (string, error)) (ids []string) {
		var mu sync.Mutex
		var all sync.WaitGroup
		for range many {
			all.Add(1)
			go func() {
				defer all.Done()
				id, err := change(In(folder, conf.ReadPrivate))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					ids = append(ids, id)
				}
			}()
		}
		all.Wait()
		return ids
	}
	for range 20 {
		_ = os.Remove(filepath.Join(folder, FileName))
		if ids := atOnce((*Ring).Create); len(ids) != 1 {
			t.Fatalf("keys that were made: %q", ids)
		}
		ids := atOnce((*Ring).Renew)
		slices.Sort(ids)
		if len(ids) != many || len(slices.Compact(ids)) != 1 {
			t.Fatalf("keys that were put in front: %q", ids)
		}
	}
}

// A credential of the service comes before a file, one that has to be fetched behind it.
func TestCredential(t *testing.T) {
	from := newRing(t)
	text, err := os.ReadFile(from.file)
	must(t, err)
	sealed, err := from.Seal("alice", "", "pin", "5555")
	must(t, err)
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, Credential), text, 0o400))
	r := newRing(t).WithCredential(folder)
	if got, err := r.Open("alice", "", "pin", sealed); err != nil || got != "5555" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := r.Renew(); err != nil {
		t.Error(err)
	}
	calls := 0
	fetch := func() ([]byte, error) { calls++; return append([]byte(nil), text...), nil }
	r = In(t.TempDir(), conf.ReadPrivate).WithFetch(fetch)
	for range 3 {
		if got, err := r.Open("alice", "", "pin", sealed); err != nil || got != "5555" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if calls != 1 {
		t.Errorf("the credential was decrypted %d times", calls)
	}
	if _, err := r.Renew(); !errors.Is(err, ErrCredential) {
		t.Error(err)
	}
	if got := newRing(t).WithCredential("").WithCredential(t.TempDir()); got.first {
		t.Error("a credential that is not there")
	}
}

// Whatever stands in a table or in a key file: it opens only as what was sealed.
func FuzzOpen(f *testing.F) {
	r := In(f.TempDir(), conf.ReadPrivate)
	if _, err := r.Create(); err != nil {
		f.Fatal(err)
	}
	sealed, err := r.Seal("alice", "", "pin", "5555")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(strings.Replace(sealed, "v1", "v2", 1))
	f.Add("sealed:v1:a:")
	f.Add("sealed:v1:" + KeyID(sealed) + ":AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := r.Open("alice", "", "pin", text)
		if (err == nil) != (text == sealed) || err == nil && got != "5555" ||
			err != nil && !errors.Is(err, motp.ErrSealed) {
			t.Errorf("%q opens as %q, %v", text, got, err)
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add("a " + strings.Repeat("A", 43) + "=\n")
	f.Add("# x\n\na b\n")
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := parseKeys(text)
		if (err == nil) != (len(keys) > 0) {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		if err != nil {
			return
		}
		again, err := parseKeys(lines(keys))
		if err != nil || len(again) != len(keys) || again[0].bytes != keys[0].bytes {
			t.Errorf("%q is read back as %v, %v", lines(keys), again, err)
		}
	})
}
