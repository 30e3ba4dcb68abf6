package conf

import (
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// manyUsers writes a table of n users, in either form.
func manyUsers(n int, rows bool) string {
	before, behind := "[user", "]\nsecret = 0123456789abcdef\npin = 1234\n"
	if rows {
		before, behind = "user", " 0123456789abcdef 1234 0\n"
	}
	b := make([]byte, 0, n*(len(before)+len(behind)+7))
	for i := range n {
		b = strconv.AppendInt(append(b, before...), int64(10_000_000+i), 10)
		b = append(b, behind...)
	}
	return string(b)
}

// What it costs to answer does not depend on how many users there are, nor on whether it is one of
// them who is asked for; and little is kept of each. Work and memory are counted, and no time is
// taken.
func TestKeptCostsTheSame(t *testing.T) {
	for _, rows := range []bool{false, true} {
		n := 1_000_000
		if rows {
			n /= 10
		}
		k := keep(write(t, manyUsers(n, rows)))
		indexed(t, k)
		one := keep(write(t, manyUsers(1, rows)))
		indexed(t, one)
		x := k.index.Load()
		if most := n * 10; len(x.places) != n || cap(x.places)*8 > most {
			t.Errorf("an index of %d places takes %d bytes", len(x.places),
				cap(x.places)*8)
		}
		work, allocations := costOf(one, "user10000000")
		for _, name := range []string{"user10000000", "user10099999", "user10050000",
			"nobody", "user10000001x", "user11000000", "a", ""} {
			if !k.byIndex(name) {
				t.Errorf("%q is searched for", name)
			}
			w, a := costOf(k, name)
			if w > work+2*usualEntry || w < work/2 || a > allocations+2 ||
				a < allocations-2 {
				t.Errorf("%q: %d bytes and %d allocations, with one user %d and %d",
					name, w, a, work, allocations)
			}
		}
	}
}

// costOf counts the bytes that are looked at and the allocations of an answer.
func costOf(k *Kept, name string) (work, allocations int) {
	defer func(before func(int)) { examined = before }(examined)
	examined = func(n int) { work += n }
	allocations = int(testing.AllocsPerRun(20, func() {
		work = 0
		_, _, _ = k.Lookup(name)
	}))
	return work, allocations
}

// An index is made with hardly more memory than it takes up, whatever the size of the table.
func TestKeptIsMadeInLittleMemory(t *testing.T) {
	const n, tooMany, tooLong = 100_000, "more than are kept", "a line without an end"
	for name, text := range map[string]string{
		"sections": manyUsers(n, false),
		"rows":     manyUsers(n, true),
		"comments first, users after": strings.Repeat("; x\n", chunk/8) +
			manyUsers(n, false),
		"lines of nothing": zoe + strings.Repeat("\n", 8<<20),
		tooLong:            zoe + strings.Repeat(";", 8<<20),
		tooMany:            strings.Repeat("a\n", maxPlaces+maxPlaces/2),
	} {
		t.Run(name, func(t *testing.T) {
			k := keep(write(t, text))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			x := k.refreshed()
			runtime.ReadMemStats(&after)
			if x == nil || x.fit != (name != tooMany && name != tooLong) {
				t.Fatalf("index %+v", x)
			}
			// growing to more places than were expected leaves garbage
			most := uint64(4*8*len(x.places) + 4*chunk)
			if name == tooMany {
				most = 4 * 8 * maxPlaces
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > most {
				t.Errorf("%d KB for an index of %d places", used>>10,
					len(x.places))
			}
		})
	}
}

// Nothing that is kept leads to a secret, a PIN or a name, whatever was asked.
func TestKeptKnowsNoSecrets(t *testing.T) {
	const pin = "P1nM4rk3r"
	user := func(name, secret string) string {
		return "[" + name + "]\nsecret = " + secret + "\npin = " + pin + "\n"
	}
	text := "window = 1m\ncallers = postgres: postgresql\n" +
		user("alice", marker) + user("alice/app", marker) + user("bob", "") +
		user("carol", marker) + "x = " + marker + "\n" + user("dora", marker)
	table := write(t, text)
	own(t, table, "dora.conf", user("dora", marker))
	own(t, table, "eve.conf", user("eve", marker))
	k := keep(table)
	ask := func() {
		same(t, k, "alice", "bob", "carol", "dora", "eve", "nobody", marker)
	}
	ask()
	indexed(t, k)
	ask()
	reached := reach(reflect.ValueOf(k), make(map[uintptr]bool))
	for _, known := range []string{"postgresql", table.Path} {
		if !strings.Contains(reached, known) {
			t.Errorf("%q is not found, which is kept", known)
		}
	}
	for _, secret := range []string{marker, pin, "alice", "carol"} {
		if strings.Contains(reached, secret) {
			t.Errorf("%q is kept", secret)
		}
	}
}

// reach returns all bytes and strings that a value leads to.
func reach(v reflect.Value, seen map[uintptr]bool) string {
	switch v.Kind() {
	case reflect.String:
		return v.String() + "\n"
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return ""
		}
		seen[v.Pointer()] = true
		return reach(v.Elem(), seen)
	case reflect.Interface:
		if v.IsNil() {
			return ""
		}
		return reach(v.Elem(), seen)
	case reflect.Slice, reflect.Array:
		if kind := v.Type().Elem().Kind(); kind != reflect.String &&
			kind != reflect.Struct && kind != reflect.Slice && kind != reflect.Uint8 {
			return ""
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return string(v.Slice3(0, v.Cap(), v.Cap()).Bytes()) + "\n"
		}
		var b strings.Builder
		for i := range v.Len() {
			b.WriteString(reach(v.Index(i), seen))
		}
		return b.String()
	case reflect.Struct:
		if x, ok := v.Type().FieldByName("v"); ok &&
			x.Type.Kind() == reflect.UnsafePointer {
			// an atomic.Pointer; there is one, and it is to an index
			x := (*index)(v.FieldByIndex(x.Index).UnsafePointer())
			return reach(reflect.ValueOf(x), seen)
		}
		var b strings.Builder
		for i := range v.NumField() {
			b.WriteString(reach(v.Field(i), seen))
		}
		return b.String()
	}
	return ""
}

// What was read of a table is overwritten when it has been used. Names are hashed where they were
// read, and so lead there.
func TestKeptWipesWhatItReads(t *testing.T) {
	other := "[alice/app]\nsecret = " + marker + "\npin = 1\n"
	long := strings.Repeat("; "+marker+"\n", usualEntry/8)
	k := keep(write(t, strings.ReplaceAll(zoe+other, "alice/app", "alice")+other+long))
	var read [][]byte
	hash := k.hash
	k.hash = func(name []byte) uint32 {
		read = append(read, name[:cap(name)])
		return hash(name)
	}
	indexed(t, k)
	for _, name := range []string{"zoe", "alice", "nobody"} {
		if !k.byIndex(name) {
			t.Errorf("%s is searched for", name)
		}
	}
	if len(read) < 3+3*2 {
		t.Errorf("%d names were hashed", len(read))
	}
	for _, all := range read {
		if strings.Contains(string(all), "secret") || strings.Contains(string(all),
			marker) {
			t.Errorf("%q is left in memory", all)
		}
	}
}

func BenchmarkKept(b *testing.B) {
	for _, n := range []int{1, 1_000_000} {
		for _, name := range []string{"user10000000", "nobody"} {
			b.Run(fmt.Sprintf("%d users, %s", n, name), func(b *testing.B) {
				k := keep(write(b, manyUsers(n, false)))
				if x := k.refreshed(); x == nil || !k.byIndex(name) {
					b.Fatal("no index")
				}
				b.ReportAllocs()
				for b.Loop() {
					_, _, _ = k.Lookup(name)
				}
			})
		}
	}
}

// What a search costs, for comparison.
func BenchmarkTable(b *testing.B) {
	for _, n := range []int{1, 200} {
		b.Run(fmt.Sprintf("%d users", n), func(b *testing.B) {
			table := write(b, manyUsers(n, false))
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = table.Lookup("user10000000")
			}
		})
	}
}

func BenchmarkIndex(b *testing.B) {
	for _, rows := range []bool{false, true} {
		b.Run(fmt.Sprintf("rows %v", rows), func(b *testing.B) {
			k := keep(write(b, manyUsers(1_000_000, rows)))
			b.ReportAllocs()
			for b.Loop() {
				k.index.Store(nil)
				if x := k.refreshed(); x == nil || !x.fit {
					b.Fatal("no index")
				}
			}
		})
	}
}
