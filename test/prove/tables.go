package main

import (
	"fmt"
	"os"
	"time"
)

// A table is one that is put in place again and again.
type table struct {
	name    string
	columns bool // the other form
	come    bool // whether those who come and go are in it
	turned  bool // whether those who turn have their other PIN
	broken  bool // a mistake in the settings
	inPlace bool // written over the one before, and seen half-written
	// The table stays as it is; the folder of users' own files is moved.
	folderIn, folderOut bool
}

// tables are put in place in this order, two at a time. They are odd in number, so that each is now
// the one that stays for a while, and now the one that is replaced at once.
var tables = []table{
	{name: "sections", come: true},
	{name: "sections, users removed", turned: true},
	{name: "their own files moved in", come: true, turned: true, folderIn: true},
	{name: "their own files moved out", turned: true, folderOut: true},
	{name: "columns", columns: true, come: true},
	{name: "broken settings", come: true, broken: true},
	{name: "sections, in place", come: true, inPlace: true},
	{name: "columns, users removed", columns: true, turned: true},
	{name: "sections, another PIN", come: true, turned: true},
	{name: "columns, in place, users removed", columns: true, inPlace: true},
	{name: "columns, in place", columns: true, come: true, inPlace: true},
}

// otherPIN is what people have who turn.
const otherPIN = "9753"

func (t table) text(c *changes) string {
	in := append([]person{}, c.stay...)
	if t.come {
		in = append(in, c.come...)
	}
	for _, p := range c.turn {
		if t.turned {
			p.pin = otherPIN
		}
		in = append(in, p)
	}
	switch {
	case t.columns:
		return columns(in...)
	case t.broken:
		return "max_failures = many\n" + sections(in...)
	}
	return "max_failures = 1000\n" + sections(in...)
}

func columns(people ...person) string {
	var text []byte
	for _, p := range people {
		text = fmt.Appendf(text, "%s\t%s\t%s\t0\n", p.name, p.secret, p.pin)
	}
	return string(text)
}

// changes are the tables that were put in place.
type changes struct {
	rhythm
	site             *site
	stay, come, turn []person
	first            int // which of the tables

	made   []made
	logins []tableLogin
}

// ofEach is how many users there are of each kind.
const ofEach = 200

// newChanges begins with the nth table, or with the one before if that is there already.
func newChanges(r rhythm, first int) *changes {
	for tables[first].folderIn || tables[first].folderOut {
		first--
	}
	return &changes{rhythm: r, first: first, stay: people("stay", ofEach),
		come: people("come", ofEach), turn: people("turn", ofEach)}
}

// made is a table with the time in which it took the place of the one before.
type made struct {
	table
	begun, end time.Time
}

// away is where the folder of users' own files is while it is out.
func (c *changes) away() string { return c.site.conf + ".d.away" }

// next puts the next table in place.
func (c *changes) next() error {
	t := tables[(c.first+len(c.made))%len(tables)]
	text := []byte(t.text(c))
	temporary := c.site.conf + ".next"
	var err error
	if !t.inPlace {
		err = os.WriteFile(temporary, text, 0o600)
	}
	begun := time.Now()
	switch {
	case err != nil:
	case t.folderIn:
		err = os.Rename(c.away(), c.site.conf+".d")
	case t.folderOut:
		err = os.Rename(c.site.conf+".d", c.away())
	case t.inPlace:
		err = os.WriteFile(c.site.conf, text, 0o600)
	default:
		err = os.Rename(temporary, c.site.conf)
	}
	c.made = append(c.made, made{t, begun, time.Now()})
	return err
}

func (c *changes) keepChanging(over <-chan struct{}) error {
	tick := time.NewTicker(c.every)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return nil
		case <-tick.C:
			for range c.times {
				if err := c.next(); err != nil {
					return err
				}
			}
		}
	}
}

// during are the tables that were in place at some moment of that time.
func (c *changes) during(begun, end time.Time) []made {
	var found []made
	for i, m := range c.made {
		replaced := i+1 < len(c.made) && c.made[i+1].end.Before(begun)
		if !replaced && !m.begun.After(end) {
			found = append(found, m)
		}
	}
	return found
}

func names(all []made) []string {
	var names []string
	for _, m := range all {
		names = append(names, m.name)
	}
	return names
}
