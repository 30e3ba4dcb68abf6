package doctor

// setups are the services that "motp setup" knows, by what it calls them: some write the files of
// two services.
var setups = map[string]string{
	"sshd": "sshd", "sudo": "sudo", "sudo-i": "sudo", "su": "su", "su-l": "su",
	"login": "login", "remote": "login", "cockpit": "cockpit", "openvpn": "openvpn",
	"radiusd": "radiusd", "postgresql": "postgresql", "nginx": "nginx", "ocserv": "ocserv",
	"dovecot": "dovecot", "smtp": "smtp", "vsftpd": "vsftpd", "apache2": "apache2",
	"i3lock": "i3lock", "xsecurelock": "xsecurelock",
}

// SetUp is the command that has a service of PAM ask for codes; "" if it is done by hand.
func SetUp(service string) string {
	if name, known := setups[service]; known {
		return "motp setup " + name
	}
	return ""
}

// setUp is the command, or else what to do by hand.
func setUp(service, byHand string) string {
	if command := SetUp(service); command != "" {
		return command
	}
	return byHand
}
