package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A point says what a login costs with so many users.
type point struct {
	users int
	ms    float64
}

func (r *report) point(series string, users int, ms float64) {
	if r.points == nil {
		r.points = make(map[string][]point)
	}
	r.points[series] = append(r.points[series], point{users, ms})
}

// The plot's paper, in pixels, and what its edges stand for: both axes are logarithmic.
const (
	paperWidth, paperHeight      = 720, 420
	left, right, top, bottom     = 70, 530, 30, 370
	fewest, most                 = 1.0, 1e6
	cheapest, dearest            = 0.1, 1000.0
	white, ink, pale, fontFamily = "#ffffff", "#222222", "#dddddd", "sans-serif"
)

var colors = map[string]string{
	"motpd, one table":     "#0b6e4f",
	"worker, one table":    "#5fad56",
	"worker, a file each":  "#9a7aa0",
	"google-authenticator": "#c05746",
	"pam_oath":             "#4a6fa5",
}

func across(users int) float64 {
	return left + (right-left)*math.Log10(float64(users)/fewest)/math.Log10(most/fewest)
}

func down(ms float64) float64 {
	return bottom - (bottom-top)*math.Log10(min(max(ms, cheapest),
		dearest)/cheapest)/math.Log10(dearest/cheapest)
}

// plot draws the cost of a login against the number of users, as SVG.
func plot(points map[string][]point) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="%s" `+
		`font-size="13" fill="%s">`, paperWidth, paperHeight, fontFamily, ink)
	p(`<title>What a login costs over pam_permit, by number of users</title>`)
	p(`<rect width="%d" height="%d" fill="%s"/>`, paperWidth, paperHeight, white)
	for ms := cheapest; ms <= dearest; ms *= 10 {
		p(`<path d="M%d %.1fH%d" stroke="%s"/>`, left, down(ms), right, pale)
		p(`<text x="%d" y="%.1f" text-anchor="end">%s ms</text>`, left-8, down(ms)+4,
			strconv.FormatFloat(math.Round(ms*10)/10, 'f', -1, 64))
	}
	for users := 1; users <= most; users *= 10 {
		p(`<path d="M%.1f %dV%d" stroke="%s"/>`, across(users), top, bottom, pale)
		p(`<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, across(users), bottom+20,
			thousands(users))
	}
	p(`<text x="%d" y="%d" text-anchor="middle">users</text>`, (left+right)/2, bottom+40)
	p(`<text x="%d" y="%d">cost of a login over pam_permit</text>`, left, top-12)

	labels := make(map[string]float64)
	lowest := math.Inf(-1)
	names := slices.SortedFunc(maps.Keys(points), func(a, b string) int {
		return int(down(dearestOf(points[a])) - down(dearestOf(points[b])))
	})
	for _, name := range names {
		labels[name] = max(down(dearestOf(points[name])), lowest+17) // one below the other
		lowest = labels[name]
	}
	for _, name := range names {
		line := slices.SortedFunc(slices.Values(points[name]), func(a, b point) int {
			return a.users - b.users
		})
		var path strings.Builder
		for i, pt := range line {
			fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)],
				across(pt.users), down(pt.ms))
			p(`<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`, across(pt.users),
				down(pt.ms), colors[name])
		}
		p(`<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`, path.String(),
			colors[name])
		p(`<text x="%d" y="%.1f" fill="%s">%s</text>`, right+10, labels[name]+4,
			colors[name], name)
	}
	p(`</svg>`)
	return b.String()
}

// dearestOf is where a line ends at the right.
func dearestOf(line []point) float64 {
	last := line[0]
	for _, p := range line {
		if p.users > last.users {
			last = p
		}
	}
	return last.ms
}
