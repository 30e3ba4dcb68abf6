// Command motpd is the resident verifier: it checks codes for pam_motp without a process for each
// login. All it does is in package resident.
package main

import (
	"os"

	"github.com/pam-motp/pam-motp/internal/resident"
)

func main() { os.Exit(resident.Main(os.Args)) }
