package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// crowd is the name of one of many users, seven letters that look as random as names do. The person
// who logs in stands in the middle of them.
func crowd(i int) string {
	const letters = 26 * 26 * 26 * 26 * 26 * 26 * 26
	// no two are alike: the factor is odd and no multiple of 13
	n := (i*2654435761 + 12345) % letters
	name := make([]byte, 7)
	for j := range name {
		name[j] = byte('a' + n%26)
		n /= 26
	}
	return string(name)
}

// among makes a table of n users: what a line says of each of the crowd, with the person's own in
// the middle.
func among(n int, own string, of func(user string) string) string {
	var b strings.Builder
	for i := range n - 1 {
		if i == (n-1)/2 {
			b.WriteString(own)
		}
		b.WriteString(of(crowd(i)))
	}
	if n == 1 {
		b.WriteString(own)
	}
	return b.String()
}

func section(user string) string {
	return "[" + user + "]\nsecret = 7ac61d4736f51a2b\npin    = 5555\n\n"
}

func row(user string) string { return user + "\t7ac61d4736f51a2b\t5555\t0\n" }

func sectionsOf(n int) string { return among(n, mobile+"\n", section) }

func rowsOf(n int) string { return among(n, person+"\t"+secret+"\t"+pin+"\t0\n", row) }

func oathLinesOf(n int) string { return among(n, oathLine(person), oathLine) }

// tokensOf is the table of a person with n tokens.
func tokensOf(n int) string {
	var b strings.Builder
	b.WriteString(mobile)
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "[%s/token%d]\nsecret = fedcba987654321%x\npin = 9876\n", person, i,
			i)
	}
	return b.String()
}

// linksPerFile keeps below what ext4 allows of one file: 65,000.
const linksPerFile = 50000

// fillFolder puts the files of a crowd of n into a folder. Most names are second names of a few
// files: it is the number of names that could cost a login something, and a million files would
// fill 4 GB of disk.
func fillFolder(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	first := ""
	for i := range n {
		path := filepath.Join(dir, crowd(i)+".conf")
		if i%linksPerFile == 0 {
			first = path
			if err := os.WriteFile(path, []byte(section(crowd(i))), 0o600); err != nil {
				return err
			}
			continue
		}
		if err := os.Link(first, path); err != nil {
			return err
		}
	}
	return nil
}
