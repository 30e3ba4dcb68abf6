// Command motp enrols people for one-time passwords and helps their administrator: it edits motp.conf, the table that pam_motp reads, and
// looks after the record that every user has.
//
// One verb a file. app.go is what they share, output.go how results and errors are told, terminal.go how a person is asked.
package main

import "os"

func main() { os.Exit(newApp().main(os.Args)) }

// main is the run of a process: before it reads anything, nobody can look into it.
func (a *app) main(argv []string) int {
	if err := forbidDumps(); err != nil {
		a.complain(err)
		return exitFailure
	}
	return a.start(argv)
}
