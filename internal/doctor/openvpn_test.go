package doctor

import (
	"slices"
	"testing"
)

const vpn = "/etc/openvpn/server/server.conf"

// server writes a server's file.
func server(lines string) func(*patient) { return func(p *patient) { p.file(vpn, lines, 0o644) } }

func TestOpenVPN(t *testing.T) {
	t.Parallel()
	const at = " OpenVPN /etc/openvpn/server/server.conf:"
	const rest = "auth-gen-token\nsetenv deferred_auth_pam 1\n"
	findAll(t, []sickness{
		{"without a list", server(rest +
			"plugin /usr/lib/openvpn/openvpn-plugin-auth-pam.so openvpn\n"), nil},
		{"without a list, for two questions", func(p *patient) {
			server(rest + "plugin openvpn-plugin-auth-pam.so openvpn\n")(p)
			p.file("/etc/pam.d/openvpn",
				"@include common-auth\nauth requisite pam_motp.so\n"+
					"@include common-account\n", 0o644)
		}, []string{"warning" + at + "3 PAM asks more than once"}},
		{"a list without the question",
			server(rest + `plugin openvpn-plugin-auth-pam.so "openvpn login USERNAME ` +
				`Password PASSWORD"`),
			[]string{"error" + at +
				`3 the plugin's list has no answer for the question "OTP: "`}},
		{"a list in small letters, in words of its own",
			server(rest + "plugin openvpn-plugin-auth-pam.so openvpn login USERNAME " +
				"otp PASSWORD\n"), nil},
		{"a prompt that begins otherwise", func(p *patient) {
			p.change("/etc/pam.d/openvpn", "requisite    pam_motp.so",
				"requisite    pam_motp.so [prompt=> Code: ]")
			server(rest + `plugin openvpn-plugin-auth-pam.so 'openvpn login USERNAME ` +
				`Code PASSWORD'`)(p)
		}, nil},
		{"no service", server(rest + "plugin openvpn-plugin-auth-pam.so vpn\n"),
			[]string{"error" + at + "3 PAM has no service vpn"}},
		{"a service without codes", func(p *patient) {
			p.file("/etc/pam.d/vpn",
				"@include common-auth\n@include common-account\n", 0o644)
			server(rest + "plugin openvpn-plugin-auth-pam.so vpn\n")(p)
		}, []string{"note" + at + "3 the service vpn does not name pam_motp.so"}},
		{"no service named", server(rest + "plugin openvpn-plugin-auth-pam.so\n"),
			[]string{"error" + at + "3 the plugin's line names no PAM service"}},
		{"two plugins that authenticate",
			server(rest + "plugin openvpn-plugin-auth-pam.so openvpn\n" +
				"plugin /usr/lib/openvpn/radiusplugin.so x\n" +
				"plugin openvpn-plugin-down-root.so x\n"),
			[]string{"error" + at + "4 a second thing that authenticates (plugin)"}},
		{"a script, too", server(rest + "plugin openvpn-plugin-auth-pam.so openvpn\n" +
			"auth-user-pass-verify /bin/true via-env\n"),
			[]string{"error" + at +
				"4 a second thing that authenticates (auth-user-pass-verify)"}},
		{"the code sent again after an hour",
			server("setenv deferred_auth_pam 1\n" +
				"plugin openvpn-plugin-auth-pam.so openvpn # auth-gen-token\n"),
			[]string{"warning" + at +
				"2 after an hour the client sends the same code again"}},
		{"never asked again", server("setenv deferred_auth_pam 1\nreneg-sec 0\n" +
			"plugin openvpn-plugin-auth-pam.so openvpn\n"), nil},
		{"everybody waits", server("auth-gen-token\n" +
			"plugin openvpn-plugin-auth-pam.so openvpn\n"),
			[]string{"note" + at + "2 while somebody is refused"}},
		{"no certificate, and no code either",
			server(rest + "verify-client-cert none\nauth-user-pass-optional\n" +
				"plugin openvpn-plugin-auth-pam.so openvpn\n"), []string{
				"error" + at + "4 auth-user-pass-optional: a client that sends " +
					"no name and no code gets in",
				"note" + at + "5 clients need no certificate",
			}},
		{"a client's file", server("client\nplugin openvpn-plugin-auth-pam.so nothing\n"),
			nil},
		{"inside a certificate", server("<ca>\nplugin openvpn-plugin-auth-pam.so " +
			"nothing\n</ca>\n"), nil},
	})
}

func TestVPNWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string
		want []string
	}{
		{"", nil},
		{"; plugin a", nil},
		{"plugin a.so b # c", []string{"plugin", "a.so", "b"}},
		{`plugin a.so "b  c;d" 'e "f"'`, []string{"plugin", "a.so", "b  c;d", `e "f"`}},
		{`push ""`, []string{"push", ""}},
		{"a#b", []string{"a#b"}},
	} {
		if got := vpnWords(c.line); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.line, got, c.want)
		}
	}
}
