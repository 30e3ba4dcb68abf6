package login

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/pam/wire"
)

// notFirst are the options that the host leaves to the verifier, and why.
var notFirst = map[string]string{
	"try_first_pass": "an earlier module's password may be the answer",
	"use_first_pass": "nobody is asked",
	"exempt":         "nobody is asked",
	"grace":          "nobody is asked",
	"conf":           "a worker's, which asks at once, too",
	"users":          "a worker's",
	"state":          "a worker's",
	"cache":          "a worker's",
	"maxdiff":        "of pam_mobile_otp; its values are read in one place",
	"maxtries":       "of pam_mobile_otp; its values are read in one place",
}

// askFirst are the options that the list in C has, without their "=".
func askFirst(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("../options.c")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?s)asks_first\[\] = \{(.*?)\};`).FindSubmatch(source)
	if list == nil {
		t.Fatal("no list asks_first in options.c")
	}
	var names []string
	for _, m := range regexp.MustCompile(`"([a-z_]+)=?"`).FindAllSubmatch(list[1], -1) {
		names = append(names, string(m[1]))
	}
	return names
}

// known are the options that the reader in Go has a case for.
func known(t *testing.T) (names []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), "options.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "set" && f.Name.Name != "turn" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CaseClause)
			for i := 0; ok && i < len(c.List); i++ {
				if name, ok := c.List[i].(*ast.BasicLit); ok {
					names = append(names, strings.Trim(name.Value, `"`))
				}
			}
			return true
		})
	}
	return names
}

// Each option that there is has been thought about: the host asks first, or there is a reason why
// not.
func TestEveryOptionIsAskedFirstOrNot(t *testing.T) {
	first, all := askFirst(t), known(t)
	if len(first) < 5 || len(all) < len(first) {
		t.Fatalf("of %q, %q are asked first", all, first)
	}
	for _, name := range all {
		if slices.Contains(first, name) == (notFirst[name] != "") {
			t.Errorf("%s: is it asked first? (%s)", name, notFirst[name])
		}
	}
	for name := range notFirst {
		if !slices.Contains(all, name) {
			t.Errorf("%s is no option", name)
		}
	}
	for _, name := range first {
		if !slices.Contains(all, name) {
			t.Errorf("%s is asked first, and is no option", name)
		}
	}
}

// printer is a program around the module's options.c and request.c. It reads lines (how many
// options, then each with its length) and prints for each what the host makes of it: the prompt,
// who judges, whether the account is looked up, and the request.
const printer = `
#include "request.h"
#include <stdio.h>
#include <stdlib.h>
#include <security/pam_modules.h>

int pam_get_item(const pam_handle_t *pamh, int item, const void **value)
{
	(void)pamh, (void)item;
	*value = NULL;
	return PAM_SUCCESS;
}

static uint32_t number(void)
{
	unsigned char b[4];

	if (fread(b, 1, 4, stdin) != 4)
		exit(0);
	return b[0] | b[1] << 8 | (uint32_t)b[2] << 16;
}

int main(void)
{
	for (;;) {
		int argc = (int)number();
		char **argv = calloc((size_t)argc + 1, sizeof(*argv));
		static unsigned char bytes[REQUEST_MAX];
		struct buffer b = { .bytes = bytes, .size = sizeof(bytes) };
		struct answer none = { .asked = 0 };
		struct account account = { .lookup = WIRE_ABSENT };
		struct motp_line line;

		for (int i = 0; i < argc; i++) {
			size_t n = number();

			argv[i] = calloc(1, n + 1);
			if (n > 0 && fread(argv[i], 1, n, stdin) != n)
				return 1;
		}
		line = motp_read_line(argc, (const char **)argv);
		for (const char *s = line.prompt; s != NULL && *s != '\0'; s++)
			printf("%02x", (unsigned char)*s);
		motp_put_request(&b, (const pam_handle_t *)&b, "alice", 0, &none,
				 &account, argc, (const char **)argv);
		printf("%s %d %d %d ", line.prompt == NULL ? "-" : "", line.way,
		       line.account, line.echo);
		for (size_t i = 0; i < b.len; i++)
			printf("%02x", bytes[i]);
		printf("\n");
	}
}
`

// A hostsView is what the host makes of a line.
type hostsView struct {
	prompt  string // in hexadecimal; "-" if it must be told
	way     int    // as in options.h
	account int
	echo    int
	request []byte
}

var ways = []string{"auto", "always", "never"}

// hostsViews has the host's C read lines.
func hostsViews(t *testing.T, lines [][]string) []hostsView {
	t.Helper()
	dir := t.TempDir()
	source, program := filepath.Join(dir, "printer.c"), filepath.Join(dir, "printer")
	if err := os.WriteFile(source, []byte(printer), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror",
		"-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-I..", "-o", program,
		source, "../options.c", "../request.c").CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	var in bytes.Buffer
	number := func(n int) { _ = binary.Write(&in, binary.LittleEndian, uint32(n)) }
	for _, line := range lines {
		number(len(line))
		for _, option := range line {
			number(len(option))
			in.WriteString(option)
		}
	}
	cmd := exec.Command(program)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	cmd.Env = append(os.Environ(), "ASAN_OPTIONS=detect_leaks=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var views []hostsView
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		var v hostsView
		var request string
		if _, err := fmt.Sscanf(line, "%s %d %d %d %s", &v.prompt, &v.way, &v.account,
			&v.echo, &request); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if _, err := fmt.Sscanf(request, "%x", &v.request); err != nil {
			t.Fatal(err)
		}
		views = append(views, v)
	}
	if len(views) != len(lines) {
		t.Fatalf("%d answers to %d lines", len(views), len(lines))
	}
	return views
}

// An untouched host and site report whoever touches them.
type untouched struct{ t *testing.T }

func (u untouched) GetToken() (int, Text, error) {
	u.t.Error("the host is asked for an earlier password")
	return 0, Text{}, errors.New("none")
}

func (u untouched) SetToken(string) (int, error) {
	u.t.Error("something is left for later modules")
	return 0, errors.New("none")
}

func (u untouched) GetAccount() (uint32, Text, error) {
	u.t.Error("the account is looked up")
	return 0, Text{}, errors.New("none")
}

func (u untouched) Show(int, string) error {
	u.t.Error("something is shown")
	return nil
}

func (u untouched) Log(int, string) error {
	u.t.Error("something is logged")
	return nil
}

func (u untouched) open(table, records string) *site.Site {
	u.t.Error("the site is opened")
	return site.Open(table, records)
}

// The host asks first where the verifier would ask just that, first of all, and touch nothing
// before; whoever judges gets every option.
func TestTheHostAsksWhatTheVerifierWould(t *testing.T) {
	lines := optionLines()
	asked := 0
	for i, v := range hostsViews(t, lines) {
		line := lines[i]
		passed, err := wire.ParseRequest(v.request)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		req := Request{User: text("alice")}
		for _, o := range passed.Options {
			req.Options = append(req.Options, Text(o))
		}
		checkPassed(t, line, req.Options)
		s := session{req: req}
		err = s.readOptions()
		if v.prompt != "-" {
			asked++
			here := untouched{t}
			step := Start(context.Background(), req, here, here.open, time.Now)
			if err != nil || fmt.Sprintf("%x", step.Question) != v.prompt {
				t.Errorf("%q: the host asks %s, the verifier %q (%v)", line,
					v.prompt, step.Question, err)
			}
			if step.Stage.pending != nil {
				t.Errorf("%q: the first question is a further one", line)
			}
		}
		if err != nil {
			continue // whoever judges refuses
		}
		here := s.conf == conf.DefaultPath && s.state == conf.DefaultState
		if way := ways[v.way]; way != "never" && (!here || way != s.motpd) ||
			way == "never" && s.motpd != "never" && !namesPlace(line) {
			t.Errorf("%q: %s judges", line, way)
		}
		hidden := s.forwardPass || slices.Contains(line, "nullok")
		if (v.echo == 1) != (slices.Contains(line, "echo") && !hidden) {
			t.Errorf("%q: what is typed is shown: %d", line, v.echo)
		}
		if (v.account == 1) != (s.nullok || s.exempt != nil) {
			t.Errorf("%q: the account is looked up: %d", line, v.account)
		}
	}
	if asked < len(lines)/10 || asked > len(lines)*9/10 {
		t.Errorf("of %d lines the host asks first on %d", len(lines), asked)
	}
}

// checkPassed sees to it that the options are those of the line, or that one of them says that it
// is not.
func checkPassed(t *testing.T, line []string, passed []Text) {
	t.Helper()
	for i, o := range passed {
		if o.TooLong {
			return
		}
		if i >= len(line) || o.S != line[i] || o.Absent {
			t.Fatalf("option %d of %.200q was passed as %+v", i, line, o)
		}
	}
	if len(passed) != len(line) {
		t.Errorf("of %d options %d were passed", len(line), len(passed))
	}
}

// namesPlace says whether a line names any table or folder: then a worker may judge.
func namesPlace(line []string) bool {
	return slices.ContainsFunc(line, func(option string) bool {
		name, _, _ := strings.Cut(option, "=")
		return notFirst[name] == "a worker's" || name == "conf"
	})
}

// optionLines are lines of options: good ones, mistyped ones, at every limit, and mixed.
func optionLines() [][]string {
	long := strings.Repeat("x", 255)
	words := []string{"", "nullok", "nullok=", "nullok=yes", "nullok=quiet", "NULLOK",
		"nullok ", " nullok", "nullokx", "set_pass", "set_pass=", "not_set_pass", "nodelay",
		"nodelay=1", "debug", "debug\n", "no_warn", "try_first_pass", "use_first_pass",
		"prompt", "prompt=", "prompt=Code: ", "prompt=\t", "prompt=a\x7f", "prompt=a\x1f",
		"prompt=\xff\xfe", "prompt=é", "prompt==", "prompt=" + long, "prompt=" + long + "y",
		"prompt=" + long + "yz", "prompt=" + strings.Repeat("é", 128),
		"prompt=" + strings.Repeat("é", 128) + "x", "prompt=" + strings.Repeat("x", 5000),
		"prompts=x", "prompt =x", "motpd", "motpd=", "motpd=auto", "motpd=always",
		"motpd=never", "motpd=Auto", "motpd=auto ", "motpd=never=", "motpdx=auto",
		"conf=" + conf.DefaultPath, "users=" + conf.DefaultPath, "conf=/etc/motp.conf",
		"conf=", "conf", "conf=motp.conf", "conf=" + conf.DefaultPath + "/",
		"state=" + conf.DefaultState, "cache=" + conf.DefaultState, "cache=/tmp",
		"state=/var/lib/motp/", "maxdiff=360", "maxdiff=-1", "maxtries=8", "maxtries=x",
		"maxtries", "forward_pass=", "forward_pass=code-last", "forward_passx", "exempt",
		"exempt=", "exempt=192.0.2.0/24", "grace", "grace=8h", "echo=", "echo ",
		"frobnicate", "=", "=x", "\xff", strings.Repeat("o", 1024),
		strings.Repeat("o", 1025)}
	var lines [][]string
	for _, word := range words {
		lines = append(lines, []string{word}, []string{word, "prompt=Code: "},
			[]string{"motpd=always", word})
	}
	good := []string{"nullok", "nodelay", "debug", "prompt=Your code: ", "motpd=never",
		"echo", "forward_pass", "forward_pass=code-first", "set_pass", "motpd=auto",
		"motpd=always", "prompt=x"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		var line []string
		for range random.IntN(5) {
			line = append(line, good[random.IntN(len(good))])
		}
		if random.IntN(3) == 0 {
			line = slices.Insert(line, random.IntN(len(line)+1),
				words[random.IntN(len(words))])
		}
		if len(line) > 0 && random.IntN(8) == 0 { // a slip of the finger
			i := random.IntN(len(line))
			at := random.IntN(len(line[i]) + 1)
			typed := string(rune(1 + random.IntN(126)))
			line[i] = line[i][:at] + typed + line[i][at:]
		}
		lines = append(lines, line)
	}
	// a request that is full, to the byte, and has more options behind
	for last := 900; last <= 1024; last++ {
		full := slices.Repeat([]string{strings.Repeat("o", 1024)}, 15)
		full = append(full, strings.Repeat("o", last))
		lines = append(lines, append(full, "nullok", "", "debug"))
	}
	return append(lines, nil)
}
