package stage

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	sshFolder = "/etc/ssh"
	// stockConfig is the sshd_config of the package, whatever the machine's own has become.
	stockConfig = "/usr/share/openssh/sshd_config"
)

// StartSSHD starts the machine's OpenSSH server on loopback with the package's own configuration
// and examples/sshd_config.d/motp.conf, and waits until it listens. The directives stand above
// both, where they win.
func (m *Machine) StartSSHD(directives ...string) error {
	if err := Need("/usr/sbin/sshd", "openssh-server"); err != nil {
		return err
	}
	if err := m.configureSSHD(directives); err != nil {
		return err
	}
	if err := makeHostKey(); err != nil {
		return err
	}
	cmd := exec.Command("/usr/sbin/sshd", "-D")
	if err := cmd.Start(); err != nil {
		return err
	}
	_, err := m.Log.Wait("Server listening on 127.0.0.1")
	return err
}

func (m *Machine) configureSSHD(directives []string) error {
	drops := sshFolder + "/sshd_config.d"
	if err := os.RemoveAll(drops); err != nil {
		return err
	}
	if err := m.InstallExample("sshd_config.d/motp.conf", drops+"/motp.conf"); err != nil {
		return err
	}
	stock, err := os.ReadFile(stockConfig)
	if err != nil {
		return err
	}
	lines := append([]string{"ListenAddress 127.0.0.1",
		"HostKey " + sshFolder + "/ssh_host_ed25519_key"}, directives...)
	config := strings.Join(lines, "\n") + "\n" + string(stock)
	path := sshFolder + "/sshd_config"
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
		return err
	}

	// Here every refusal comes from the same address.
	if shown, _ := exec.Command("/usr/sbin/sshd",
		"-T").CombinedOutput(); penalizes(string(shown)) {
		config = "PerSourcePenalties no\n" + config
	}
	return os.WriteFile(path, []byte(config), 0o644)
}

// penalizes says whether a server turns an address away after a few refusals, from what its "-T"
// shows: OpenSSH does so from 9.8 on. Old ones show their keywords in small letters, new ones as
// they are written.
func penalizes(shown string) bool {
	for line := range strings.Lines(shown) {
		keyword, _, _ := strings.Cut(line, " ")
		if strings.EqualFold(keyword, "PerSourcePenalties") {
			return true
		}
	}
	return false
}

// makeHostKey makes the server a new key, and lets the clients know it.
func makeHostKey() error {
	old, err := filepath.Glob(sshFolder + "/ssh_host_*")
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	key := sshFolder + "/ssh_host_ed25519_key"
	if output, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
		key).CombinedOutput(); err != nil {
		return fmt.Errorf("ssh-keygen: %w: %s", err, output)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		return err
	}
	return os.WriteFile(sshFolder+"/ssh_known_hosts",
		[]byte("localhost "+string(public)), 0o644)
}

// SSH prepares the real client, to log in as the user and run a command there, or a shell without
// one. Options are those of ssh_config.
func (m *Machine) SSH(user, command string, options ...string) *exec.Cmd {
	arguments := []string{"-F", "none", "-o", "StrictHostKeyChecking=yes", "-o",
		"LogLevel=ERROR"}
	for _, option := range options {
		arguments = append(arguments, "-o", option)
	}
	arguments = append(arguments, user+"@localhost")
	if command != "" {
		arguments = append(arguments, command)
	}
	return exec.Command("ssh", arguments...)
}
