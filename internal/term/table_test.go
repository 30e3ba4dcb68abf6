package term

import (
	"slices"
	"testing"
)

// A table is as wide as it must be. On a narrow screen only names give way, with a mark.
func TestTable(t *testing.T) {
	table := Table{{"USER", "STATE"}}
	table.Add("jürgen.of.a.long.name", "ok")
	table.Add("x", "locked")
	for _, c := range []struct {
		columns int
		want    []string
	}{
		{0, []string{"USER                   STATE", "jürgen.of.a.long.name  ok",
			"x                      locked"}},
		{29, []string{"USER                   STATE", "jürgen.of.a.long.name  ok",
			"x                      locked"}},
		{28, []string{"USER                  STATE", "jürgen.of.a.long.na…  ok",
			"x                     locked"}},
		{10, []string{"USER      STATE", "jürgen.…  ok", "x         locked"}},
	} {
		lines, first := table.Lines(c.columns)
		if !slices.Equal(lines, c.want) {
			t.Errorf("%d columns: %q, want %q", c.columns, lines, c.want)
		}
		if want := len(c.want[2]) - len("  locked"); first != want {
			t.Errorf("%d columns: the names take %d, want %d", c.columns, first, want)
		}
	}
	if lines, _ := (Table{}).Lines(80); len(lines) > 0 {
		t.Errorf("an empty table is %q", lines)
	}
}
