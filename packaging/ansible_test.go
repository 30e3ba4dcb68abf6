package packaging

import "testing"

// withAnsible plays the role with some variables, and prints how many tasks have changed something
// and failed. What runs without root's rights would have to have motpd, which does not run there.
const withAnsible = `
printf -- '- hosts: all\n  gather_facts: false\n  roles: [motp]\n' >/run/book.yml
export HOME=/run LC_ALL=C.UTF-8 ANSIBLE_ROLES_PATH=/run/source/examples/ansible/roles
(cd /etc/pam.d && rm -f i3lock ocserv radiusd xsecurelock dovecot vsftpd)
play() {
	cat >/run/vars.yml <<-VARS
		motp_package: /run/pam-motp.deb
		motp_users: [{name: root, type: totp}]
		motp_setup: [su]
		motp_profile: $1
	VARS
	ansible-playbook -i here, -c local -e @/run/vars.yml \
		-e ansible_python_interpreter=/usr/bin/python3 /run/book.yml >/run/played 2>&1
	grep -o 'changed=[0-9]*\|failed=[0-9]*' /run/played | paste -sd' '
}
`

// The role installs the package, has services ask, and switches the profile. What it keeps stands
// in no folder that PAM looks into. A profile that cannot be switched is an error.
func TestAnsiblePackage(t *testing.T) {
	t.Parallel()
	expectPlay(t, withAnsible+`
	ls -A /etc/pam.d >/run/before
	play true; stack; ls -A /etc/pam.d | diff /run/before -
	grep -c '' /etc/ssh/sshd_config.d/motp.conf
	play true
	ends dpkg -r pam-motp; said
	sed -i '/pam_motp/s/requisite/required/' /etc/pam.d/common-auth
	play false; grep -o 'Local modifications' /run/played | uniq
`, `changed=5 failed=0
auth	requisite	pam_motp.so nullok
auth       requisite    pam_motp.so
3
changed=0 failed=0
refused
/etc/pam.d/su, line 13
/etc/pam.d/su-l, by way of /etc/pam.d/su, line 13
  /etc/pam.d/su, by: motp setup --undo su
changed=0 failed=1
Local modifications`)
}
