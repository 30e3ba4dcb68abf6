package doctor

import "testing"

// Sudo's rules may name people and groups by their numbers, and in quotes.
func TestSudoersNumbers(t *testing.T) {
	t.Parallel()
	const out = ": carol is allowed to use it, and is not in the table"
	both := told("warning sudo sudo"+out, "warning sudo-i sudo-i"+out)
	rule := func(text, group string) func(*patient) {
		return with(func(p *patient) {
			p.file("/etc/sudoers.d/local", text+"\n", 0o440)
			p.file("/etc/group", "root:x:0:\nsudo:x:27:alice\n"+group, 0o644)
			p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!:")
		}, "carol")
	}
	findAll(t, []sickness{
		{"a user's number", rule("#1002 ALL=(ALL:ALL) ALL", ""), both},
		{"with a comment", rule("#1002 ALL=(ALL:ALL) ALL # carol", ""), both},
		{"in an alias", rule("User_Alias X = bob, #1002\nX ALL=(ALL) ALL", ""), both},
		{"a group's number, of an account", rule("%#1002 ALL=(ALL) ALL", ""), both},
		{"a group's number, by its members",
			rule("%#50 ALL=(ALL) ALL", "staff:x:50:bob,carol\n"), both},
		{"in quotes", rule(`"carol" ALL=(ALL) ALL`, ""), both},
		{"a group in quotes", rule(`"%staff" ALL=(ALL) ALL`, "staff:x:50:carol\n"), both},
		{"somebody else's number", rule("#1001 ALL=(ALL:ALL) ALL", ""), nil},
		{"another group's number", rule("%#1001 ALL=(ALL) ALL", ""), nil},
		{"a comment", rule("# 1002 ALL=(ALL) ALL", ""), nil},
		{"a number without the sign", rule("1002 ALL=(ALL) ALL", ""), nil},
	})
}
