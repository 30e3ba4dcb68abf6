package main

import "fmt"

// changeOfPIN is what passwd does.
var changeOfPIN = scene{name: "a change of the PIN", right: true, recorded: true, changes: true}

// chosenPIN is the new one.
const chosenPIN = "Pin-N5q1"

// changes kills host or worker before each system call of a change of the PIN.
func (l *lab) changes() error {
	for _, target := range []string{"worker", "host"} {
		line := l.report.add("%s killed (SIGKILL) before each of its system calls, in a "+
			"change of the PIN", target)
		if err := killEverywhere(line, changeOfPIN, target); err != nil {
			return err
		}
	}
	return nil
}

// motpdChanges kills motpd likewise.
func (l *lab) motpdChanges() error {
	line := l.report.add("motpd killed (SIGKILL) before each of its system calls, in a " +
		"change of the PIN")
	sc := changeOfPIN
	sc.way = byMotpd
	return killEverywhere(line, sc, "motpd")
}

// act is the login that something is done to, or the change.
func (t *trial) act() (int, error) {
	if t.scene.changes {
		return t.host.change(t.typed(), chosenPIN, chosenPIN)
	}
	return t.host.authenticate(t.password + t.typed())
}

// checkChange: a change that was answered for has happened, and any other has happened or not: one
// of the two PINs is good, and not the other. The code is not good for a login beside it.
func (t *trial) checkChange(result int) (string, error) {
	switch result {
	case authErr, userUnknown, ignored, ignore:
		return fmt.Sprintf("a right code, and the answer is %q", codeName(result)), nil
	}
	renewed := t.who
	renewed.pin = chosenPIN
	now, err := t.login(renewed.codes(-3, 4)[3])
	if err != nil {
		return "", err
	}
	old, err := t.login(t.codes[2])
	switch {
	case err != nil:
		return "", err
	case (old == success) == (now == success):
		return fmt.Sprintf("the old PIN is %q and the new one %q", codeName(old),
			codeName(now)), nil
	case result == success && now != success:
		return "the new PIN was answered for, and is not in force", nil
	case now != success:
		return "", nil
	}
	if again, err := t.login(t.typed()); err != nil || again != authErr {
		return fmt.Sprintf("the code of a change is %q at a login", codeName(again)), err
	}
	return "", nil
}
