package doctor

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

const dovecotFile = "/etc/dovecot/dovecot.conf"

// dovecot looks at whether Dovecot keeps what was typed, and lets it in again without asking PAM.
func (v *visit) dovecot() string {
	if !v.exists(dovecotFile) || len(v.services) == 0 {
		return ""
	}
	config := &dovecotConfig{read: map[string]bool{}}
	v.readDovecot(config, v.at(dovecotFile))
	config.endBlock()
	var asked []string
	for _, db := range config.passwords {
		if db.caches(config.newer) {
			asked = append(asked, db.services()...)
		}
	}
	asked = slices.DeleteFunc(asked, func(name string) bool {
		return !slices.ContainsFunc(v.services, func(s service) bool {
			return s.Name == name && len(s.lines) > 0
		})
	})
	slices.Sort(asked)
	asked = slices.Compact(asked)
	size := config.cacheSize
	if len(asked) > 0 && strings.Trim(size.value, "0 kKMGTB") != "" {
		v.warnAt(size.file, size.line, enumerate(asked)+": Dovecot keeps what was typed "+
			"(auth_cache_size = "+size.value+"), and lets in with a used code, or a "+
			"user who was disabled or locked since, without asking PAM",
			"auth_cache_size = 0 in this line, and then: doveadm reload")
	}
	return dovecotFile
}

// A dovecotConfig is what is of interest in Dovecot's files.
type dovecotConfig struct {
	newer     bool // of 2.4 or later
	cacheSize struct {
		file, value string
		line        int
	}
	passwords []dovecotPasswords

	read   map[string]bool // files
	blocks []string        // those that the reading is in
	open   dovecotPasswords
}

// A dovecotPasswords is a passdb: where Dovecot asks whether a password is right.
type dovecotPasswords struct {
	driver, arguments, service string
	uncached                   bool
}

// caches says whether what comes of it is cached, if anything is. Of 2.3, PAM's is with a key only.
func (d dovecotPasswords) caches(newer bool) bool {
	keyed := newer || strings.Contains(d.arguments, "cache_key=")
	return d.driver == "pam" && !d.uncached && keyed
}

// services are those of PAM that it asks.
func (d dovecotPasswords) services() []string {
	name := d.service
	for word := range strings.FieldsSeq(d.arguments) {
		if !strings.Contains(word, "=") && word != "-session" {
			name = word
		}
	}
	switch name {
	case "":
		return []string{"dovecot"}
	case "*", "%s", "%{service}", "%{protocol}":
		return []string{"imap", "pop3", "sieve", "smtp", "submission"}
	}
	return []string{name}
}

// readDovecot reads a file, and those that it names. What cannot be read is Dovecot's to complain
// of.
func (v *visit) readDovecot(c *dovecotConfig, file string) {
	text, err := regular.Read(file, regular.System)
	if err != nil || c.read[file] {
		return
	}
	c.read[file] = true
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if at := strings.IndexByte(line, '#'); at == 0 || at > 0 && line[at-1] == ' ' {
			line = strings.TrimSpace(line[:at])
		}
		if words := strings.Fields(line); len(words) == 2 &&
			(words[0] == "!include" || words[0] == "!include_try") {
			pattern := words[1]
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join(filepath.Dir(v.shown(file)), pattern)
			}
			files, _ := filepath.Glob(v.at(pattern)) // a bad one names nothing
			for _, other := range files {
				v.readDovecot(c, other)
			}
			continue
		}
		c.take(file, number, line)
	}
}

// take takes in one line.
func (c *dovecotConfig) take(file string, number int, line string) {
	name, value, isSetting := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"`)
	switch {
	case line == "}":
		c.endBlock()
	case strings.HasSuffix(line, "{"):
		block := strings.Fields(strings.TrimSuffix(line, "{"))
		c.blocks = append(c.blocks, strings.Join(block, " "))
		if len(block) > 0 && block[0] == "passdb" {
			c.open = dovecotPasswords{driver: strings.Join(block[1:], "")}
		}
	case !isSetting:
	case name == "dovecot_config_version":
		c.newer = true
	case name == "auth_cache_size":
		c.cacheSize.file, c.cacheSize.line, c.cacheSize.value = file, number, value
	case c.inPasswords():
		switch name {
		case "driver", "passdb_driver":
			c.open.driver = value
		case "args":
			c.open.arguments = value
		case "use_cache", "passdb_use_cache":
			c.open.uncached = value == "no"
		case "service_name", "pam_service_name", "passdb_pam_service_name":
			c.open.service = value
		}
	}
}

func (c *dovecotConfig) inPasswords() bool {
	return len(c.blocks) > 0 && strings.HasPrefix(c.blocks[len(c.blocks)-1], "passdb")
}

// endBlock ends the innermost block.
func (c *dovecotConfig) endBlock() {
	if c.inPasswords() {
		c.passwords = append(c.passwords, c.open)
	}
	if len(c.blocks) > 0 {
		c.blocks = c.blocks[:len(c.blocks)-1]
	}
}
