// Package realserver has, for tests, the servers that applications wait for:
// PostgreSQL, MariaDB, Redis and RabbitMQ as Debian has them, each as nobody, on a
// loopback port and in a directory of its own.
package realserver

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"entrypoint/config/address/unused"
	"entrypoint/supervisor/skip"
)

// nobody is a user that servers run as which refuse to be root.
const nobody = 65534

// Server is one that is ready to be started.
type Server struct {
	Address string // HOST:PORT
	Dir     string // its own; that of its socket, if it has one

	t    testing.TB
	port string
	env  []string // nil: the test's
	argv []string
}

// Postgres is PostgreSQL, whose users need a password.
func Postgres(t testing.TB) *Server {
	t.Helper()
	s := prepare(t)
	bin := filepath.Dir(s.program("/usr/lib/postgresql/*/bin/postgres"))
	s.run(bin+"/initdb", "-D", s.Dir+"/data", "-U", "owner", "--auth=scram-sha-256", "--pwfile=/etc/hostname", "--no-sync", "--locale=C")
	s.argv = []string{bin + "/postgres", "-D", s.Dir + "/data", "-p", s.port, "-k", s.Dir, "-h", "127.0.0.1", "-c", "fsync=off"}
	return s
}

// MySQL is MariaDB, or MySQL.
func MySQL(t testing.TB) *Server {
	t.Helper()
	s := prepare(t)
	install := s.program("/usr/bin/mariadb-install-db", "/usr/bin/mysql_install_db")
	s.run(install, "--no-defaults", "--datadir="+s.Dir+"/data", "--skip-test-db", "--auth-root-authentication-method=normal")
	s.argv = []string{
		s.program("/usr/sbin/mariadbd", "/usr/sbin/mysqld"), "--no-defaults", "--datadir=" + s.Dir + "/data",
		"--port=" + s.port, "--bind-address=127.0.0.1", "--socket=" + s.Dir + "/s", "--pid-file=" + s.Dir + "/pid",
	}
	return s
}

// Redis is Redis, or Valkey, whose password is "secret".
func Redis(t testing.TB) *Server {
	t.Helper()
	s := prepare(t)
	s.argv = []string{
		s.program("/usr/bin/redis-server", "/usr/bin/valkey-server"),
		"--port", s.port, "--bind", "127.0.0.1", "--requirepass", "secret", "--save", "", "--dir", s.Dir,
	}
	return s
}

// RabbitMQ is a broker of AMQP. It takes several seconds to start.
func RabbitMQ(t testing.TB) *Server {
	t.Helper()
	s := prepare(t)
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.Dir, "LANG=C.UTF-8",
		"RABBITMQ_NODENAME=test@localhost", "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1", "RABBITMQ_NODE_PORT=" + s.port,
		"RABBITMQ_DIST_PORT=" + unused.Port(t), "ERL_EPMD_PORT=" + unused.Port(t), "ERL_EPMD_ADDRESS=127.0.0.1",
		"RABBITMQ_MNESIA_BASE=" + s.Dir + "/data", "RABBITMQ_LOG_BASE=" + s.Dir, "RABBITMQ_LOGS=-",
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + s.Dir + "/plugins", "RABBITMQ_CONF_ENV_FILE=/dev/null", "RABBITMQ_CONFIG_FILE=" + s.Dir + "/none",
	}
	// Erlang's port mapper daemon outlives its node, and its process group, but
	// not its PID namespace. The broker reads its own memory in /proc, by the number
	// that it has in there.
	s.argv = []string{
		"/usr/bin/unshare", "--user", "--map-current-user", "--pid", "--fork", "--kill-child", "--mount-proc",
		s.program("/usr/lib/rabbitmq/bin/rabbitmq-server"),
	}
	return s
}

func prepare(t testing.TB) *Server {
	t.Helper()
	skip.UnlessRoot(t, "to run servers as nobody")
	// The path of a test's own directory is too long for a socket.
	dir, err := os.MkdirTemp("/tmp", "server")
	if err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		err = os.Chown(dir, nobody, nobody)
	}
	if err != nil {
		t.Fatal(err)
	}
	port := unused.Port(t)
	return &Server{t: t, Dir: dir, port: port, Address: net.JoinHostPort("127.0.0.1", port)}
}

// program finds a server that Debian puts outside of PATH.
func (s *Server) program(patterns ...string) string {
	s.t.Helper()
	for _, p := range patterns {
		if found, _ := filepath.Glob(p); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	skip.Unless(s.t, false, patterns[0])
	return ""
}

func (s *Server) command(argv []string) *exec.Cmd {
	c := exec.Command(argv[0], argv[1:]...)
	c.Dir, c.Env = s.Dir, s.env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return c
}

// run runs a command to its end.
func (s *Server) run(argv ...string) {
	s.t.Helper()
	if out, err := s.command(argv).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", argv[0], err, out)
	}
}

// Start starts it, and has it killed at the end of the test. It does not wait until
// the server answers: that is what is tested.
func (s *Server) Start() *Server {
	s.t.Helper()
	c := s.command(s.argv)
	log, err := os.Create(filepath.Join(s.t.TempDir(), "log"))
	if err != nil {
		s.t.Fatal(err)
	}
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait()
		log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && s.t.Failed() {
			s.t.Logf("%s printed:\n%s", s.argv[0], text)
		}
	})
	return s
}
