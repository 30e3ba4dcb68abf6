package conf

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// saidOf are all entries, each as what it says.
func saidOf(all []Entry) (said []string) {
	for _, e := range all {
		said = append(said, fmt.Sprint(e.User.Name, e.Err != nil, e.Said()))
	}
	slices.Sort(said)
	return said
}

// Each yields what Users lists, whether or not names have one hash.
func TestEach(t *testing.T) {
	const phone = "[alice/phone]\nsecret = 1123456789abcdef\npin = 1234\n"
	for _, text := range []string{manyUsers(100, false), manyUsers(100, true), zoe,
		"window = 1m\n" + person1("alice") + person1("bob") + phone + "x = y\n",
		"window = 1m\n" + person1("alice") + phone + "[carol]\nx = y\n"} {
		table := write(t, text)
		own(t, table, "dora.conf", person1("dora"))
		for _, hash := range []hasher{nil, func(name []byte) uint32 {
			return uint32(name[len(name)-1])
		}} {
			k := keep(table)
			if hash != nil {
				k.hash = hash
			}
			indexed(t, k)
			_, users, err := k.Users()
			if err != nil {
				t.Fatal(err)
			}
			var all []Entry
			err = k.Each(func(e Entry) { all = append(all, e) })
			if err != nil || !slices.Equal(saidOf(all), saidOf(users)) {
				t.Errorf("%.40q: %v, %q, want %q", text, err, saidOf(all),
					saidOf(users))
			}
		}
	}
}

func person1(name string) string {
	return "[" + name + "]\nsecret = 0123456789abcdef\npin = 1234\n"
}

// A table without an index is told of, and many users are not in memory at once.
func TestEachInLittleMemory(t *testing.T) {
	k := keep(write(t, manyUsers(50_000, false)))
	indexed(t, k)
	n, most := 0, uint64(0)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	err := k.Each(func(Entry) {
		if n++; n%10_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	})
	if err != nil || n != 50_000 || most > before+1<<20 {
		t.Errorf("%d users, %v, %d KB more", n, err, (most-before)>>10)
	}
	k = keep(write(t, zoe+"x = "+string(make([]byte, 1))))
	if err := k.Each(func(Entry) {}); !errors.Is(err, errUnusual) {
		t.Error(err)
	}
}
