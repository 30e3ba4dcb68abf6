package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// quantile is the value below which a part of the times lies.
func (c *contender) quantile(part float64) float64 {
	sorted := slices.Sorted(slices.Values(c.times))
	return float64(sorted[int(part*float64(len(sorted)-1))]) / float64(time.Millisecond)
}

// printTable shows medians, and what each login costs over the first contender, the floor.
func printTable(w io.Writer, contenders []*contender) {
	floor := contenders[0]
	fmt.Fprintf(w, "%-16s %8s %8s %12s %8s\n", "", "median", "p95", "over permit", "ratio")
	for _, c := range contenders {
		median := c.quantile(0.5)
		fmt.Fprintf(w, "%-16s %8.2f %8.2f", c.name, median, c.quantile(0.95))
		if c != floor {
			fmt.Fprintf(w, " %12.2f %8.2f", median-floor.quantile(0.5), median/floor.quantile(0.5))
		}
		fmt.Fprintln(w)
	}
}
