package cli

import (
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// otherNames are what verbs are called by other commands, in small letters.
var otherNames = map[string]string{
	"ls": "list", "users": "list", "who": "list",
	"rm": "remove", "del": "remove", "delete": "remove", "userdel": "remove",
	"revoke": "remove",
	"new":    "add", "create": "add", "enroll": "add", "useradd": "add",
	"register": "add",
	"show":     "status", "info": "status", "user": "status",
	"stat": "status", "encrypt": "seal", "decrypt": "unseal", "rekey": "seal",
	"reset": "unlock", "unban": "unlock", "unblock": "unlock",
	"lock": "disable", "block": "disable", "suspend": "disable", "off": "disable",
	"on":     "enable",
	"passwd": "pin", "password": "pin", "resync": "sync", "synchronize": "sync",
	"qrcode": "qr", "scan": "qr", "otp": "code", "generate": "code", "test": "try",
	"login": "try",
	"lint":  "doctor", "diagnose": "doctor", "fsck": "doctor",
	"install": "setup", "undo": "setup", "uninstall": "setup",
	"load": "import", "backup": "export", "dump": "export",
}

// suggestions are the verbs that may be meant by a word that is none.
func suggestions(parent *cobra.Command, typed string) []string {
	if name, known := otherNames[strings.ToLower(typed)]; known && !parent.HasParent() {
		return []string{name}
	}
	if len(typed) < 2 {
		return nil // one slip away from that are words that have nothing in common with it
	}
	parent.SuggestionsMinimumDistance = 2
	if len(typed) < 4 {
		parent.SuggestionsMinimumDistance = 1
	}
	names := parent.SuggestionsFor(typed)
	slices.Sort(names)
	return slices.Compact(names)
}

// unknownVerb is the error about a word that stands where a verb should. The verbs that it may
// be for are proposed, and none is run: what a slip of the finger meant is a guess.
func unknownVerb(parent *cobra.Command, typed string) error {
	all := suggestions(parent, typed)
	if len(all) == 0 {
		return usagef("unknown verb %s", shown.Quoted(typed))
	}
	for i, name := range all {
		all[i] = "\"" + parent.CommandPath() + " " + name + "\""
	}
	return usagef("unknown verb %s: did you mean %s?",
		shown.Quoted(typed), strings.Join(all, " or "))
}

// helpKnowsVerbs has "motp help WORD" say that there is no such verb, where cobra shows the help
// of motp itself.
func helpKnowsVerbs(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	must(err)
	show := help.Run
	help.RunE = func(cmd *cobra.Command, args []string) error {
		if at, rest, _ := root.Find(args); len(rest) > 0 {
			return unknownVerb(at, rest[0])
		}
		show(cmd, args)
		return nil
	}
}
