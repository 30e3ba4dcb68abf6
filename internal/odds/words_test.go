package odds

import (
	"math"
	"testing"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p    float64
		want string
	}{
		{0, "none"},
		{1, "over 99 %"},
		{0.994, "99 %"},
		{0.569, "57 %"},
		{0.1, "10 %"},
		{0.099, "1 in 10"},
		{1 / 104.9, "1 in 100"},
		{0.001, "1 in 1,000"},
		{1 / 56680.3, "1 in 57,000"},
		{1 / 996.0, "1 in 1,000"},
		{1e-12, "1 in 1,000,000,000,000"},
		{math.SmallestNonzeroFloat64, "less than 1 in 10^15"},
	} {
		if got := Words(c.p); got != c.want {
			t.Errorf("Words(%v) = %q, want %q", c.p, got, c.want)
		}
	}
}
