package termtest

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ScanPNG reads a QR code with a program that knows nothing of ours.
func ScanPNG(picture []byte) (string, error) {
	cmd := exec.Command("zbarimg", "--quiet", "--raw", "png:-")
	cmd.Stdin = bytes.NewReader(picture)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("zbarimg (package zbar-tools): %w", err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// picture makes a PNG of modules; true is dark.
func picture(modules [][]bool) ([]byte, error) {
	const scale = 6
	m := image.NewGray(image.Rect(0, 0, len(modules[0])*scale, len(modules)*scale))
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			shade := color.Gray{Y: 255}
			if modules[y/scale][x/scale] {
				shade.Y = 0
			}
			m.SetGray(x, y, shade)
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// ScanText reads a QR code as a terminal shows it whose blocks are light and whose ground is dark.
func ScanText(text string) (string, error) {
	const blocks = " ▀▄█" // by what is light: nothing, the upper half, the lower, both
	var modules [][]bool
	for line := range strings.Lines(text) {
		var upper, lower []bool
		for _, c := range strings.TrimSuffix(line, "\n") {
			light := slices.Index([]rune(blocks), c)
			if light < 0 {
				return "", fmt.Errorf("what does %q do in a QR code?", c)
			}
			upper = append(upper, light&1 == 0)
			lower = append(lower, light&2 == 0)
		}
		modules = append(modules, upper, lower)
	}
	drawn, err := picture(modules)
	if err != nil {
		return "", err
	}
	return ScanPNG(drawn)
}

// ScanSVG reads a QR code from the squares of an SVG.
func ScanSVG(svg string) (string, error) {
	box := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`).FindStringSubmatch(svg)
	if box == nil || box[1] != box[2] {
		return "", fmt.Errorf("no square box in %s", svg)
	}
	size, err := strconv.Atoi(box[1])
	if err != nil {
		return "", err
	}
	modules := make([][]bool, size)
	for y := range modules {
		modules[y] = make([]bool, size)
	}
	for _, square := range regexp.MustCompile(`M(\d+) (\d+)h1v1h-1z`).FindAllStringSubmatch(svg,
		-1) {
		x, errX := strconv.Atoi(square[1])
		y, errY := strconv.Atoi(square[2])
		if err := errors.Join(errX, errY); err != nil {
			return "", err
		}
		modules[y][x] = true
	}
	drawn, err := picture(modules)
	if err != nil {
		return "", err
	}
	return ScanPNG(drawn)
}

// What a QR code on a terminal begins and ends each line with: white blocks on black.
const (
	ColorOn  = "\x1b[38;5;231;48;5;16m"
	ColorOff = "\x1b[0m"
)

// A Screen is what a terminal shows: its last lines.
type Screen []string

// ScreenOf is what a terminal of that size shows after such output.
func ScreenOf(output string, columns, rows int) Screen {
	output = strings.NewReplacer(ColorOn, "", ColorOff, "", "\r", "").Replace(output)
	var all Screen
	for line := range strings.SplitSeq(output, "\n") {
		for runes := []rune(line); ; runes = runes[columns:] {
			all = append(all, string(runes[:min(columns, len(runes))]))
			if len(runes) <= columns {
				break
			}
		}
	}
	return all[max(0, len(all)-rows):]
}

// Scan reads the QR code on the screen, on the black that is around it there.
func (s Screen) Scan() (string, error) {
	width := 0
	for _, line := range s {
		width = max(width, len([]rune(line)))
	}
	var dark bytes.Buffer
	for _, line := range s {
		if strings.Trim(line, " ▀▄█") != "" {
			line = "" // letters are no part of it
		}
		pad := strings.Repeat(" ", width-len([]rune(line)))
		fmt.Fprintf(&dark, "    %s%s    \n", line, pad)
	}
	return ScanText(dark.String())
}
