// Package version knows which version of the project a program was built from.
//
// It must not know what the program is.
package version

import "runtime/debug"

// text is set by the build (-X).
var text string

// Text is the version, like 0.1.0, or 0.1.0+f1befa7 between two releases; "(unknown)" if the build
// did not say.
func Text() string {
	if text != "" {
		return text
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
