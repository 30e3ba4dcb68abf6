package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asDeb is a script that makes a package of what is built, without the packager: the files as they
// lie in it, and its scripts. Then it copies this machine, with nothing of what the copy writes
// kept, and goes on in it.
const asDeb = `set -eu
base=$1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs tmpfs "$base"
cd "$base"
mkdir root upper work machine
multiarch=$(dpkg-architecture -q DEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
make -s -C "$2" install BUILD_FIRST= DESTDIR="$base/root" PREFIX=/usr \
	PAMDIR="/usr/lib/$multiarch/security" SYSCONF=/usr/share/pam-motp \
	DOCDIR=/usr/share/doc/pam-motp
"$2/packaging/root" deb "$base/root" 1 0
mkdir root/DEBIAN
cp "$2"/packaging/deb/* root/DEBIAN/
printf '%s\n' 'Package: pam-motp' 'Version: 1' "Architecture: $(dpkg --print-architecture)" \
	'Maintainer: nobody <nobody@example.com>' 'Description: test' >root/DEBIAN/control
dpkg-deb -Znone --build root pam-motp.deb >/dev/null
mkdir root-etcd/DEBIAN
cp "$2/packaging/etcd/up" root-etcd/DEBIAN/postinst
cp "$2/packaging/etcd/down" root-etcd/DEBIAN/prerm
cp "$2/packaging/etcd/gone" root-etcd/DEBIAN/postrm
sed 's/^Package: .*/&-etcd\nDepends: pam-motp (= 1)/' root/DEBIAN/control \
	>root-etcd/DEBIAN/control
dpkg-deb -Znone --build root-etcd pam-motp-etcd.deb >/dev/null
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay machine
mount -t tmpfs tmpfs machine/run
mount -t proc proc machine/proc
mount --rbind /dev machine/dev
mv pam-motp.deb pam-motp-etcd.deb machine/run
mkdir machine/run/source
mount --bind -o ro "$2" machine/run/source
cat >machine/run/play <<'END'
set -u
table=/etc/security/motp.conf
dpkg() { command dpkg --force-unsafe-io "$@" >/run/said 2>&1; }
make() { command make -s -C /run/source BUILD_FIRST= "$@" >/run/said 2>&1; }
ends() { if "$@"; then echo done; else echo refused; fi; }
said() { grep -v '^ *$' /run/said | grep -F /etc/pam; }
stack() { grep -hs '^auth.*pam_motp.so' /etc/pam.d/* || echo 'not in the stack'; }
rm -rf $table /var/lib/motp
rm -f /var/lib/man-db/auto-update # each index of all pages would take a minute
END
cat "$3" >>machine/run/play
chroot machine sh /run/play
`

func TestDeb(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ lines, want string }{
		"the first time": {`
		ends dpkg -i /run/pam-motp.deb; stack
		stat -c '%n %a %U' $table /var/lib/motp
		ls /etc/systemd/system/sockets.target.wants | grep motp
		cmp $table /usr/share/pam-motp/motp.conf
		`, `done
		not in the stack
		/etc/security/motp.conf 600 root
		/var/lib/motp 700 root
		motpd-root.socket
		motpd.socket`},
		"SELinux labels what is made": {`
		printf '#!/bin/sh\n' >/usr/sbin/selinuxenabled
		printf '#!/bin/sh\necho "$1" >>/run/labeled; exit 1\n' >/usr/sbin/restorecon
		chmod 755 /usr/sbin/selinuxenabled /usr/sbin/restorecon
		ends dpkg -i /run/pam-motp.deb; ends dpkg -i /run/pam-motp.deb; cat /run/labeled
		printf '#!/bin/sh\nexit 1\n' >/usr/sbin/selinuxenabled
		dpkg -P pam-motp; rm -r $table /var/lib/motp
		ends dpkg -i /run/pam-motp.deb; cat /run/labeled
		`, `done
		done
		/var/lib/motp
		/etc/security/motp.conf
		done
		/var/lib/motp
		/etc/security/motp.conf`},
		"a key that nobody asked for": {`
		ends dpkg -i /run/pam-motp.deb; ls -A /var/lib/motp
		echo pam-motp pam-motp/new-key boolean true | debconf-set-selections
		ends dpkg -i /run/pam-motp.deb; ls -A /var/lib/motp
		`, `done
		done`},
		"a key, asked for": {`
		echo pam-motp pam-motp/new-key boolean true | debconf-set-selections
		ends dpkg -i /run/pam-motp.deb; stat -c '%n %a %U' /var/lib/motp/.keys
		motp add alice --secret fedcba9876543210 --no-check --no-qr --pin-stdin \
			<<-PIN >/dev/null 2>&1
			5917
		PIN
		grep -c '= sealed:v1:' $table; grep -c 'fedcba98\|zk41q' $table
		cp /var/lib/motp/.keys /run/keys
		ends dpkg -i /run/pam-motp.deb; cmp /run/keys /var/lib/motp/.keys
		rm /var/lib/motp/.keys; ends dpkg -i /run/pam-motp.deb; ls /var/lib/motp/.keys
		dpkg -P pam-motp; debconf-show pam-motp
		echo pam-motp pam-motp/new-key boolean true | debconf-set-selections
		ends dpkg -i /run/pam-motp.deb; ls /var/lib/motp/.keys
		sed -n 's/^pam-motp: //p' /run/said
		install -m 0600 /run/keys /var/lib/motp/.keys; motp list 2>&1 | grep -c broken
		`, `done
		/var/lib/motp/.keys 600 root
		2
		0
		done
		done
		ls: cannot access '/var/lib/motp/.keys': No such file or directory
		done
		ls: cannot access '/var/lib/motp/.keys': No such file or directory
		nothing is sealed, for the reason above. When it is gone:
		0`},
		"a key, asked for where there is one, or users in four columns": {`
		echo pam-motp pam-motp/new-key boolean true | debconf-set-selections
		mkdir -m 0700 /var/lib/motp
		install -m 0600 /dev/null $table; echo 'alice 7ac61d4736f51a2b 5917 0' >$table
		ends dpkg -i /run/pam-motp.deb; cat $table; ls -A /var/lib/motp
		sed -n 's/^pam-motp: //p; s/^motp: //p' /run/said
		dpkg -P pam-motp; echo "a $(head -c 32 /dev/zero | base64)" >/var/lib/motp/.keys
		chmod 0600 /var/lib/motp/.keys; cp /var/lib/motp/.keys /run/keys; : >$table
		echo pam-motp pam-motp/new-key boolean true | debconf-set-selections
		ends dpkg -i /run/pam-motp.deb; cmp /run/keys /var/lib/motp/.keys
		`, `done
		alice 7ac61d4736f51a2b 5917 0
		/etc/security/motp.conf: four columns have no room for sealed values: ` +
			`"motp seal --sections" writes the table as sections, which say the same
		nothing is sealed, for the reason above. When it is gone:
		done`},
		"a key, asked for or not where rpm installs": {`
		dpkg -i /run/pam-motp.deb; post() { ends sh /run/source/packaging/rpm/post $1; }
		post 1; ls /var/lib/motp/.keys
		mkdir -p /etc/sysconfig; echo '# NEW_KEY=yes' >/etc/sysconfig/pam-motp
		post 1; ls /var/lib/motp/.keys
		echo 'NEW_KEY=yes' >/etc/sysconfig/pam-motp
		post 2; ls /var/lib/motp/.keys
		post 1 2>/dev/null; stat -c '%n %a %U' /var/lib/motp/.keys
		`, `done
		ls: cannot access '/var/lib/motp/.keys': No such file or directory
		done
		ls: cannot access '/var/lib/motp/.keys': No such file or directory
		done
		ls: cannot access '/var/lib/motp/.keys': No such file or directory
		done
		/var/lib/motp/.keys 600 root`},
		"by the profile, and away again": {`
		dpkg -i /run/pam-motp.deb; pam-auth-update --enable motp; stack
		echo '[alice]' >>$table; touch /var/lib/motp/alice
		ends dpkg -r pam-motp; stack
		ls /usr/lib/*/security/pam_motp.so $table /var/lib/motp/* 2>&1
		ends dpkg -i /run/pam-motp.deb; tail -n 1 $table; stack
		ends dpkg -P pam-motp; grep kept: /run/said; tail -n 1 $table
		ls /etc/systemd/system/*/motpd* 2>/dev/null
		`, `auth	requisite	pam_motp.so nullok
		done
		not in the stack
		ls: cannot access '/usr/lib/*/security/pam_motp.so': No such file or directory
		/etc/security/motp.conf
		/var/lib/motp/alice
		done
		[alice]
		not in the stack
		done
		pam-motp: users' secrets and records are kept: /etc/security/motp.conf ` +
			`/var/lib/motp
		[alice]`},
		"a service of the administrator's own beside the profile": {`
		dpkg -i /run/pam-motp.deb; pam-auth-update --enable motp
		echo 'auth required pam_motp.so' >/etc/pam.d/mine
		motp setup openvpn --yes >/dev/null 2>&1
		ends dpkg -r pam-motp; said; stack; ls /usr/lib/*/security/pam_motp.so | wc -l
		rm /etc/pam.d/mine; motp setup --undo --yes >/dev/null 2>&1
		ends dpkg -r pam-motp; stack
		`, `refused
		/etc/pam.d/mine, line 1
		/etc/pam.d/openvpn, line 7
		  /etc/pam.d/mine, by hand
		  /etc/pam.d/openvpn, by: motp setup --undo openvpn
		auth	requisite	pam_motp.so nullok
		auth required pam_motp.so
		auth       requisite    pam_motp.so
		1
		done
		not in the stack`},
		"a common-auth changed by hand": {`
		dpkg -i /run/pam-motp.deb; pam-auth-update --enable motp
		sed -i 's/nullok_secure\|nullok/try_first_pass/; s/pam_unix.so/& nodelay/' \
			/etc/pam.d/common-auth
		sed -i '/pam_motp/s/requisite/required/' /etc/pam.d/common-auth
		cp /etc/pam.d/common-auth /run/before
		ends dpkg -r pam-motp; said | grep -o '/etc/pam.d/common-auth, line .*' | sort -u |
			sed 's/[0-9]*$/N/'
		cmp /run/before /etc/pam.d/common-auth
		ls /usr/lib/*/security/pam_motp.so | wc -l
		`, `refused
		/etc/pam.d/common-auth, line N
		1`},
		"a table that was lost is not replaced by an empty one": {`
		dpkg -i /run/pam-motp.deb; rm $table; dpkg -i /run/pam-motp.deb
		sed -n 's/^pam-motp: //p' /run/said; ls $table
		dpkg -P pam-motp; mkdir /var/lib/motp; touch /var/lib/motp/alice
		dpkg -i /run/pam-motp.deb; ls $table
		`, `there is no /etc/security/motp.conf, and without it pam_motp refuses everybody.
		ls: cannot access '/etc/security/motp.conf': No such file or directory
		ls: cannot access '/etc/security/motp.conf': No such file or directory`},
		"records on another disk": {`
		dpkg -i /run/pam-motp.deb; mkdir /srv/disk; mv /var/lib/motp /srv/disk/motp
		touch /srv/disk/motp/alice
		ln -s /srv/disk/motp /var/lib/motp
		dpkg -i /run/pam-motp.deb; dpkg -r pam-motp; dpkg -i /run/pam-motp.deb
		ls /var/lib/motp/; mv /srv/disk/motp /srv/disk/away; dpkg -i /run/pam-motp.deb
		ends test -L /var/lib/motp; ls /srv/disk
		`, `alice
		done
		away`},
		"records that were lost are not replaced by an empty folder": {`
		dpkg -i /run/pam-motp.deb; rm -r /var/lib/motp; dpkg -i /run/pam-motp.deb
		sed -n 's/^pam-motp: //p' /run/said; ls /var/lib/motp
		`, `there is no /var/lib/motp, and without it pam_motp refuses everybody.
		ls: cannot access '/var/lib/motp': No such file or directory`},
		"a copy of common-auth beside the profile": {`
		dpkg -i /run/pam-motp.deb; pam-auth-update --enable motp
		cp /etc/pam.d/common-auth /etc/pam.d/common-auth-ssh
		ends dpkg -r pam-motp; said; stack
		`, `refused
		/etc/pam.d/common-auth-ssh, line 25
		  /etc/pam.d/common-auth-ssh, by hand
		auth	requisite	pam_motp.so nullok
		auth	requisite	pam_motp.so nullok`},
		"what make installed, beside the package": {`
		make install; dpkg -i /run/pam-motp.deb
		ends make install; grep -v '\*\*\*' /run/said
		pam-auth-update --enable motp
		ends make uninstall; sed 's/ [^ ]*so (/ (/' /run/said
		ls /usr/local/bin/motp /usr/bin/motp /usr/lib/*/security/pam_motp.so 2>/dev/null |
			wc -l
		ends make uninstall PREFIX=/usr
		pam-auth-update --disable motp; dpkg -P pam-motp
		ends make install; ends make uninstall
		`, `refused
		make: a package has the module. Nothing has been changed. Instead: apt remove ` +
			`pam-motp; in spite of it: make install FORCE=1
		done
		kept: /etc/security/motp.conf /var/lib/motp (a package's: apt remove pam-motp)
		2
		refused
		done
		done`},
		"an upgrade leaves the profile and the table alone": {`
		dpkg -i /run/pam-motp.deb; pam-auth-update --enable motp; echo '[alice]' >>$table
		systemctl disable motpd.socket 2>/dev/null
		ends dpkg -i /run/pam-motp.deb; stack; tail -n 1 $table
		ls /etc/systemd/system/*/motpd* 2>/dev/null
		`, `done
		auth	requisite	pam_motp.so nullok
		[alice]`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectPlay(t, c.lines, c.want)
		})
	}
}

// expectPlay plays lines of a script on a copy of this machine, with the package beside it.
func expectPlay(t *testing.T, lines, want string) {
	t.Helper()
	here, err := filepath.Abs("..")
	must(t, err)
	folder := t.TempDir()
	play := filepath.Join(folder, "play")
	must(t, os.WriteFile(play, []byte(lines), 0o644))
	base := filepath.Join(folder, "base")
	must(t, os.Mkdir(base, 0o755))
	said, _ := run(t, ".", "unshare", "--mount", "--propagation", propagation(t), "--pid",
		"--fork", "--kill-child", "sh", "-c", asDeb, "sh", base, here, play)
	if want = strings.ReplaceAll(want, "\t\t", ""); said != want {
		t.Errorf("said:\n%s\ninstead of:\n%s", said, want)
	}
}

// propagation is what a mount namespace can be made with here: in a chroot, whose root is no mount
// point, nothing can be changed about it.
func propagation(t *testing.T) string {
	t.Helper()
	if exec.Command("mountpoint", "-q", "/").Run() != nil {
		return "unchanged"
	}
	return "private"
}
