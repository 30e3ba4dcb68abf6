package term

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A Progress is a bar on a terminal, or nothing at all anywhere else.
type Progress struct {
	bar *progressbar.ProgressBar
}

// fewSteps are over before anybody could read a bar.
const fewSteps = 500

// NewProgress begins a bar of so many steps, if that is a terminal and there are many.
func NewProgress(w io.Writer, what string, steps int) Progress {
	if steps < fewSteps || !IsTerminal(w) {
		return Progress{}
	}
	return Progress{progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("motp: "+what),
		progressbar.OptionSetWidth(20),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionClearOnFinish(),
	)}
}

// Step moves on.
func (p Progress) Step() {
	if p.bar != nil {
		_ = p.bar.Add(1) // a bar that cannot be drawn is no error
	}
}

// End takes the bar away.
func (p Progress) End() {
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Exit()
	}
}
