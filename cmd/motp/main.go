// Command motp enrolls people for one-time passwords and helps their administrator. All it does is
// in package cli.
package main

import (
	"os"

	"github.com/pam-motp/pam-motp/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args)) }
