package odds

import (
	"fmt"
	"math"
	"strconv"
)

// Words says a probability for people: "1 in 57,000", or "46 %" if it is large.
func Words(p float64) string {
	switch {
	case p <= 0:
		return "none"
	case p >= 0.995:
		return "over 99 %"
	case p >= 0.1:
		return fmt.Sprintf("%.0f %%", 100*p)
	}
	one := 1 / p
	if one > 1e15 {
		return "less than 1 in 10^15"
	}
	unit := math.Pow(10, max(0, math.Floor(math.Log10(one))-1))
	return "1 in " + Grouped(int64(math.Round(one/unit)*unit))
}

// Grouped writes a number with a comma between thousands.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
