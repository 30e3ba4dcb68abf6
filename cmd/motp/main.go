// Command motp enrols people for one-time passwords and helps their administrator: it edits motp.conf, the table that pam_motp reads, and
// looks after the record that every user has.
//
// One verb a file. app.go is what they share, output.go how results and errors are told, terminal.go how a person is asked.
package main

import "os"

func main() {
	os.Exit(newApp().start(os.Args))
}
