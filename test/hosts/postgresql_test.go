package hosts

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// postgres is a running PostgreSQL with the lines of examples/postgresql/pg_hba.conf, and a role
// for everybody.
type postgres struct {
	machine *stage.Machine
	ca      string
}

const (
	postgresUser = "postgres"
	postgresData = "/var/lib/postgresql/data"
	postgresTLS  = "/var/lib/postgresql/tls"
)

func startPostgres(t *testing.T, m *stage.Machine, c *cast) *postgres {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	must(t, err)
	if len(found) == 0 {
		t.Fatal("PostgreSQL is missing: apt-get install postgresql")
	}
	bin := found[len(found)-1]
	for _, folder := range []string{filepath.Dir(postgresData), "/run/postgresql"} {
		must(t, os.MkdirAll(folder, 0o755))
		giveTo(t, postgresUser, folder)
	}
	newAuthority(t).write(t, postgresTLS, "server", "localhost", x509.ExtKeyUsageServerAuth)
	giveTo(t, postgresUser, postgresTLS+"/server.crt", postgresTLS+"/server.key")
	runAs(t, m, postgresUser, filepath.Join(bin, "initdb"), "-D", postgresData)
	must(t, m.InstallExample("postgresql/pg_hba.conf", postgresData+"/pg_hba.conf"))

	cmd, err := m.CommandAs(postgresUser, filepath.Join(bin, "postgres"), "-D", postgresData,
		"-c", "listen_addresses=localhost", "-c", "ssl=on",
		"-c", "ssl_cert_file="+postgresTLS+"/server.crt",
		"-c", "ssl_key_file="+postgresTLS+"/server.key",
		"-c", "unix_socket_directories=/run/postgresql")
	must(t, err)
	server, err := stage.Start(cmd)
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("PostgreSQL:\n%s", server.Shown())
		}
	})
	server.Expect("database system is ready to accept connections")
	must(t, server.Err())
	for _, name := range append([]string{stage.Outsider}, c.names()...) {
		runAs(t, m, postgresUser, "psql", "-c", "CREATE ROLE "+name+" LOGIN")
	}
	return &postgres{m, postgresTLS + "/ca.crt"}
}

// logIn asks for the code before it connects, so that it is one attempt.
func (p *postgres) logIn(t *testing.T, user, code string) attempt {
	t.Helper()
	return talk(t, p.psql(user, "-W"), user, answer{"Password: ", code})
}

func (p *postgres) psql(user string, options ...string) *exec.Cmd {
	return exec.Command("psql", append([]string{"host=localhost dbname=postgres user=" + user +
		" sslmode=verify-full sslrootcert=" + p.ca, "-Atc",
		"SELECT 'in as ' || session_user"}, options...)...)
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, postgresUser, "postgresql")
		runMotpd(t, m)
		p := startPostgres(t, m, c)
		playCases(t, m, c, "postgresql", p.logIn)
	})
}

// Without -W psql connects in vain first, and then again with the code.
func TestPostgreSQLConnectsTwice(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, postgresUser, "postgresql")
		runMotpd(t, m)
		p := startPostgres(t, m, c)
		got := talk(t, p.psql(c.Alice.Name), c.Alice.Name,
			answer{"Password for user alice: ", c.Alice.NewCode()})
		if !got.in {
			t.Error("alice does not get in")
		}
		c.checkLog(t, m, "postgresql", map[string][]string{"?": {"conversation"},
			c.Alice.Name: {"ok"}})
	})
}

// TestPostgreSQLRefused is what keeps all of a server's users out, or one of them.
func TestPostgreSQLRefused(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, postgresUser, "postgresql")
		stop := runMotpd(t, m)
		p := startPostgres(t, m, c)
		playRefusals(t, m, c, "postgresql", stop, p.logIn)
	})
}

// Where there is no motpd, PostgreSQL can have a table and records of its own, made as the file
// says.
func TestPostgreSQLWithItsOwnTable(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const example, service = "pam.d/postgresql-own-table", "/etc/pam.d/postgresql"
		c := setUp(t, m, "postgresql")
		must(t, m.InstallExample(example, service))
		must(t, os.Remove(stage.TablePath))
		asExplained(t, m, example, "install -d ")
		text, err := os.ReadFile(service)
		must(t, err)
		table := regexp.MustCompile(`\sconf=(\S+)`).FindSubmatch(text)
		if table == nil {
			t.Fatalf("%s names no table", example)
		}
		must(t, os.WriteFile(string(table[1]), []byte(c.table()), 0o600))
		giveTo(t, postgresUser, string(table[1]))
		p := startPostgres(t, m, c)
		playCases(t, m, c, "postgresql", p.logIn)
		checkDoctor(t, "postgresql")
	})
}
