// Command manual writes the manual pages of the command motp, motp(1) and one for each verb, from
// the command's own tree: what "motp VERB --help" says, as mdoc. It also writes the scripts by
// which shells complete the command.
//
//	manual FOLDER DATE VERSION MORE
//
// MORE is what stands below the list of verbs in motp(1), by hand. The program must not know what
// any verb does.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/cli"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func main() {
	if len(os.Args) != 5 {
		fail(errors.New("usage: manual FOLDER DATE VERSION MORE"))
	}
	more, err := os.ReadFile(os.Args[4])
	if err != nil {
		fail(err)
	}
	m := manual{folder: os.Args[1], date: os.Args[2], version: os.Args[3], more: more}
	tree := cli.Tree()
	if err := m.write(tree); err != nil {
		fail(err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"motp.bash": func(w io.Writer) error { return tree.GenBashCompletionV2(w, true) },
		"motp.zsh":  tree.GenZshCompletion,
		"motp.fish": func(w io.Writer) error { return tree.GenFishCompletion(w, true) },
	} {
		var script bytes.Buffer
		err := write(&script)
		if err == nil {
			err = os.WriteFile(filepath.Join(m.folder, name), script.Bytes(), 0o644)
		}
		if err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "manual:", err)
	os.Exit(1)
}

// A manual is the folder of pages, and what all of them say.
type manual struct {
	folder, date, version string
	more                  []byte
}

// write writes the page of a command and those of all below it.
func (m manual) write(cmd *cobra.Command) error {
	file := filepath.Join(m.folder, pageOf(cmd)+".1")
	if err := os.WriteFile(file, m.page(cmd), 0o644); err != nil {
		return err
	}
	for _, verb := range verbsOf(cmd) {
		if err := m.write(verb); err != nil {
			return err
		}
	}
	return nil
}

// pageOf is the name of a command's page: motp-token-init.
func pageOf(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// verbsOf are the verbs that have pages of their own.
func verbsOf(cmd *cobra.Command) (verbs []*cobra.Command) {
	for _, verb := range cmd.Commands() {
		if verb.IsAvailableCommand() && verb.Name() != "help" {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

// page is the page of one command.
func (m manual) page(cmd *cobra.Command) []byte {
	var p page
	name := pageOf(cmd)
	p.line(".Dd %s\n.Dt %s 1\n.Os pam_motp %s", m.date, strings.ToUpper(name), m.version)
	p.line(".Sh NAME\n.Nm %s\n.Nd %s", name, escaped(uncapitalized(cmd.Short)))
	p.line(".Sh SYNOPSIS")
	p.literal(usageOf(cmd))
	p.line(".Sh DESCRIPTION")
	p.prose(cmd.Long)
	if verbs := verbsOf(cmd); len(verbs) > 0 {
		p.line(".Pp\nThe verbs:\n.Bl -tag -width Ds")
		for _, verb := range verbs {
			p.line(".It Xr %s 1\n%s.", pageOf(verb), escaped(verb.Short))
		}
		p.line(".El")
	}
	p.options(cmd)
	if !cmd.HasParent() {
		p.Write(m.more)
	}
	if cmd.Example != "" {
		p.line(".Sh EXAMPLES")
		p.literal(cmd.Example)
	}
	p.seeAlso(cmd)
	return p.Bytes()
}

// A page is mdoc that is being written.
type page struct{ bytes.Buffer }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// usageOf is a command's usage as it stands in the help, which tells the order of words.
func usageOf(cmd *cobra.Command) string {
	if parent := cmd.Parent(); parent != nil {
		return strings.ReplaceAll(parent.CommandPath()+" "+cmd.Use, "\n  motp ", "\nmotp ")
	}
	return cmd.Use + " VERB [ARGUMENT...] [--conf FILE] [--state FOLDER]"
}

// sentenceEnd is where mdoc wants a new line.
var sentenceEnd = regexp.MustCompile(`([.?!][)"]?) +`)

// prose writes a help text: paragraphs, and those with indented lines as they are.
func (p *page) prose(text string) {
	for n, part := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if n > 0 {
			p.line(".Pp")
		}
		if strings.Contains("\n"+part, "\n  ") {
			p.literal(part)
			continue
		}
		p.sentences(strings.Join(strings.Fields(part), " "))
	}
}

func (p *page) sentences(text string) {
	p.line("%s", escaped(sentenceEnd.ReplaceAllString(text, "$1\n")))
}

// literal writes lines as they are.
func (p *page) literal(text string) {
	p.line(".Bd -literal -compact")
	for line := range strings.Lines(text) {
		p.line("%s", escaped(strings.TrimRight(line, "\n")))
	}
	p.line(".Ed")
}

// options writes the list of a command's flags.
func (p *page) options(cmd *cobra.Command) {
	flags := cmd.NonInheritedFlags()
	if !flags.HasAvailableFlags() {
		return
	}
	p.line(".Pp\nThe options are as follows:\n.Bl -tag -width Ds")
	flags.VisitAll(func(f *pflag.Flag) {
		value, about := pflag.UnquoteUsage(f)
		names := ".It Fl -" + f.Name
		if f.Shorthand != "" {
			names = ".It Fl " + f.Shorthand + " , Fl -" + f.Name
		}
		if value == "string" {
			value = placeholder(cmd, f.Name)
		}
		if value != "" {
			names += " Ar " + value
		}
		p.line("%s", names)
		about = strings.ReplaceAll(about, "\n", " ")
		if value != "" && f.DefValue != "" && !strings.Contains(about, "(default") {
			about += " (default " + f.DefValue + ")"
		}
		p.sentences(capitalized(about) + ".")
	})
	p.line(".El")
}

// placeholder is what a flag's value is called where the usage shows it.
func placeholder(cmd *cobra.Command, flag string) string {
	shown := regexp.MustCompile("--" + flag + " ([^] ]+)").FindStringSubmatch(usageOf(cmd))
	if shown == nil {
		return "TEXT"
	}
	return shown[1]
}

// seeAlso names the pages around this one, in the order of sections and names.
func (p *page) seeAlso(cmd *cobra.Command) {
	p.line(".Sh SEE ALSO")
	var parents []string
	for parent := cmd.Parent(); parent != nil; parent = parent.Parent() {
		parents = append(parents, pageOf(parent))
	}
	slices.Sort(parents)
	for _, name := range parents {
		p.line(".Xr %s 1 ,", name)
	}
	p.line(".Xr motp.conf 5 ,\n.Xr motpd 8 ,\n.Xr pam_motp 8")
}

// escaped is text that mdoc prints as it is.
func escaped(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, `\`, `\e`), "\n")
	for i, line := range lines {
		line = strings.NewReplacer("-", `\-`, "'", `\(aq`, "`", `\(ga`, "…", "...",
			"^", `\(ha`, "~", `\(ti`).Replace(line)
		if strings.HasPrefix(line, ".") {
			line = `\&` + line
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

func capitalized(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func uncapitalized(s string) string { return strings.ToLower(s[:1]) + s[1:] }
