package conf

import (
	"errors"
	"slices"
	"strings"
)

// A Setting is one for everyone, as it stands above the first user.
type Setting struct{ Key, Value string }

var errNoSettings = errors.New(
	"a table of four columns has no settings: write it as sections first",
)

// SetSettings gives settings for everyone their values, in one step: in their lines, or behind the
// settings that are there. A table of four columns has none.
func (e Editor) SetSettings(all ...Setting) error {
	for _, s := range all {
		if err := checkPrintable(s.Key, s.Value); err != nil {
			return editError(e.Table.Path, "", err)
		}
	}
	var before []Entry
	return e.apply(e.Table.Path, change{
		user: "the settings",
		alter: func(x document) error {
			s, ok := x.(*sections)
			if !ok {
				return errNoSettings
			}
			before = s.entries("")
			return s.setForAll(all)
		},
		check: func(after []byte) error { return checkSettings(after, all, before) },
	})
}

// checkSettings reads back what is to be written: the settings as they are to be, and all users as
// they were.
func checkSettings(after []byte, all []Setting, before []Entry) error {
	x := documentOf("", after)
	if _, err := x.settings(); err != nil {
		return err
	}
	s, ok := x.(*sections)
	if !ok {
		return errUnreadable
	}
	for _, one := range all {
		at, _, err := s.setting(one.Key, aboveAll)
		if err != nil || at < 0 || see(s.split()[at]).statement().value != one.Value {
			return errors.New("the " + one.Key + " " + errOtherwise.Error())
		}
	}
	if !slices.EqualFunc(before, s.entries(""), func(a, b Entry) bool {
		return sameEntry(a, b) && (a.Err == nil) == (b.Err == nil)
	}) {
		return errOtherwise
	}
	return nil
}

// aboveAll is the line above the first one, as if it were the header of the settings.
const aboveAll = -1

// setForAll changes settings in their lines, and adds the others in a block of their own.
func (s *sections) setForAll(settings []Setting) error {
	var missing []setting
	for _, one := range settings {
		if err := checkQuotes([]setting{{one.Key, one.Value}}); err != nil {
			return err
		}
		at, _, err := s.setting(one.Key, aboveAll)
		if err != nil {
			return err
		}
		if at < 0 {
			missing = append(missing, setting{one.Key, one.Value})
			continue
		}
		all := s.split()
		all[at] = withValue(all[at], one.Value)
		s.join(all)
	}
	if len(missing) > 0 {
		s.addForAll(missing)
	}
	return nil
}

// addForAll puts a block behind the last setting, or before the comment above the first user.
func (s *sections) addForAll(settings []setting) {
	end := lineEnd(s.split())
	all := completeLastLine(s.split(), end)
	_, last, _ := s.setting("", aboveAll)
	at := last + 1
	if last == aboveAll {
		at = s.next(aboveAll)
		if above := commentAbove(all, at); above > 0 && at < len(all) {
			at = above // the comment at the head of the file is the file's
		}
	}
	width := 0
	for _, one := range settings {
		width = max(width, len(one.key))
	}
	var block []string
	if at > 0 && !isBlank(all[at-1]) {
		block = append(block, end)
	}
	for _, one := range settings {
		gap := strings.Repeat(" ", width-len(one.key))
		block = append(block, one.key+gap+" = "+one.value+end)
	}
	if at < len(all) && !isBlank(all[at]) {
		block = append(block, end)
	}
	s.join(slices.Insert(all, at, block...))
}
