package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// variablesConf has a program that prints what it finds, and wants variables.
const variablesConf = `[entrypoint]
secrets_dir = %(here)s/secrets
require_env = DATABASE_URL:url, PORT:port=8000,
    MODE:dev|prod
sizing = auto
max_workers = 1
[program:web]
command = sh -c 'echo "$DB_PASSWORD/$DB_PASSWORD_FILE/$PORT/$WEB_CONCURRENCY/%(cpus)s/%(memory_mb)s/%(ENV_DB_PASSWORD)s."; exec sleep 1000'
`

// found is what it prints, and what any command does.
const found = "pass word 1//8000/1/2/512/pass word 1.\n"

// variable prepares a container with a secret and all that is required.
func variable(t *testing.T, args ...string) *initProcess {
	t.Helper()
	p := prepare(t, args...)
	p.write("entry-point.conf", variablesConf)
	if err := os.Mkdir(filepath.Join(p.Dir, "secrets"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write("secrets/db", "pass word 1\r\n")
	p.Env = append(p.Env, "DB_PASSWORD_FILE="+filepath.Join(p.Dir, "secrets/db"), "DATABASE_URL=postgres://app:hunter2@db/app", "MODE=prod",
		"ENTRYPOINT_CPUS=2", "ENTRYPOINT_MEMORY_MB=512", "ENTRYPOINT_SOCKET="+p.socket(), "WEB_CONCURRENCY=", "GOMAXPROCS=", "NODE_OPTIONS=")
	return p
}

// TestVariables: secrets, defaults and sizes are there for programs, in values, in debug mode,
// and for a command where the prelude is for that, too.
func TestVariables(t *testing.T) {
	t.Parallel()
	const command = `echo "$DB_PASSWORD/$DB_PASSWORD_FILE/$PORT/$WEB_CONCURRENCY/$ENTRYPOINT_CPUS/$ENTRYPOINT_MEMORY_MB/$DB_PASSWORD."`
	for name, c := range map[string]struct {
		args, env []string
		want      string
	}{
		"production":                      {nil, nil, found},
		"debug":                           {[]string{"-d", "--", "sh", "-c", command}, nil, found},
		"command with the prelude":        {[]string{"sh", "-c", command}, []string{"ENTRYPOINT_PRELUDE=all"}, found},
		"command":                         {[]string{"sh", "-c", command}, []string{"ENTRYPOINT_CPUS="}, "/DIR/secrets/db////512/.\n"},
		"no prelude":                      {[]string{"-d", "--", "sh", "-c", command}, []string{"ENTRYPOINT_PRELUDE=off"}, "/DIR/secrets/db///2/512/.\n"},
		"secrets, require and size of it": {[]string{"-d", "--", "sh", "-c", command}, []string{"ENTRYPOINT_PRELUDE_SKIP=require,secrets", "ENTRYPOINT_SIZING=off"}, "/DIR/secrets/db///2/512/.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := variable(t, c.args...)
			p.Env = append(p.Env, c.env...)
			p.start()
			want := strings.ReplaceAll(c.want, "DIR", strings.TrimPrefix(p.Dir, "/"))
			p.await(&p.stdout, want)
			if len(c.args) == 0 {
				p.kill(syscall.SIGTERM)
			}
			p.wantCode(0)
			said := p.stderr.String()
			if strings.Contains(said, "pass word") || strings.Contains(said, "hunter2") {
				t.Errorf("a secret is shown:\n%s", said)
			}
			if c.want != found {
				return
			}
			for _, line := range []string{
				"entry-point: secrets: set DB_PASSWORD from files in ", "entry-point: require: checked 3 variables (by default: PORT) in ",
				"entry-point: sizing: 2 CPUs x 2 workers = 4, 512 MB / 128 MB per worker = 4, at most 1: WEB_CONCURRENCY=1, GOMAXPROCS=2, NODE_OPTIONS=--max-old-space-size=384, UWSGI_PROCESSES=1; done in ",
			} {
				if strings.Count(said, line) != 1 {
					t.Errorf("%q is not said once:\n%s", line, said)
				}
			}
		})
	}
}

// TestVariablesWrong: what is wrong ends the container with 78 before the setup, all of it in
// one message with its places and without a secret.
func TestVariablesWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"required": {
			[]string{"DATABASE_URL=hunter2", "MODE=", "PORT=80a"},
			`entry-point: require: DIR/entry-point.conf:3: [entrypoint] require_env: DATABASE_URL has to be a URL such as postgres://user@host/name: it does not begin with a scheme and :// (its value is not shown)
entry-point: require: DIR/entry-point.conf:3: [entrypoint] require_env: PORT is "80a", and has to be a port from 1 to 65535
entry-point: require: DIR/entry-point.conf:3: [entrypoint] require_env: MODE is empty, and has to be one of dev, prod
`,
		},
		"by a variable": {
			[]string{"ENTRYPOINT_REQUIRE_ENV=NONE_OF_THESE:int"},
			"entry-point: require: environment variable ENTRYPOINT_REQUIRE_ENV: NONE_OF_THESE is missing, and has to be a whole number\n",
		},
		"secrets": {
			[]string{"DB_PASSWORD=hunter2", "A_FILE=DIR/secrets/nul", "MODE_FILE=/none"},
			`entry-point: secrets: DB_PASSWORD and DB_PASSWORD_FILE are both set; unset one of them
entry-point: secrets: cannot use "DIR/secrets/nul" for A_FILE: it is binary (it has a NUL byte), and a variable holds text
entry-point: secrets: MODE and MODE_FILE are both set; unset one of them
`,
		},
		"declaration": {
			[]string{"ENTRYPOINT_REQUIRE_ENV=A:number"},
			"entry-point: environment variable ENTRYPOINT_REQUIRE_ENV: A: \"number\" is none of url, port, int, bool, and no choice such as dev|prod\n",
		},
	} {
		for _, args := range [][]string{nil, {"-d", "--", "echo", "started"}} {
			t.Run(name+" "+strings.Join(args, " "), func(t *testing.T) {
				t.Parallel()
				p := variable(t, args...)
				p.write("requirements_os.txt", "no-such-package\n") // what the setup would fail with
				p.write("secrets/nul", "hunter2\x00")
				for _, v := range c.env {
					p.Env = append(p.Env, strings.ReplaceAll(v, "DIR", p.Dir))
				}
				p.start()
				p.wantCode(78)
				want := strings.ReplaceAll(c.want, "DIR", p.Dir)
				said := p.stderr.String()
				if !strings.HasSuffix(said, want) || strings.Contains(said, "hunter2") || strings.Contains(said, "setup") || p.stdout.String() != "" {
					t.Errorf("got\n%s\nwant\n%s\nstdout: %s", said, want, p.stdout.String())
				}
			})
		}
	}
}

// TestVariablesRotate: a volume of Kubernetes gets another version of a secret. A reload reads
// it, and what is started afterwards has it; a bad one is refused, and nothing changes.
func TestVariablesRotate(t *testing.T) {
	t.Parallel()
	p := variable(t)
	dir := filepath.Join(p.Dir, "secrets")
	rotate := func(version, value string) {
		t.Helper()
		for _, err := range []error{
			os.Mkdir(filepath.Join(dir, version), 0o755), os.WriteFile(filepath.Join(dir, version, "db"), []byte(value), 0o644),
			os.Symlink(version, filepath.Join(dir, "..data_tmp")), os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	rotate("..1", "pass word 1\n")
	if err := os.Remove(filepath.Join(dir, "db")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..data/db", filepath.Join(dir, "db")); err != nil {
		t.Fatal(err)
	}
	p.write("entry-point.conf", strings.ReplaceAll(variablesConf, "/%(ENV_DB_PASSWORD)s.", "."))
	p.start()
	p.await(&p.stdout, "pass word 1//8000/1/2/512.\n")

	rotate("..2", "pass word 2\n")
	if text, code := p.ctl(binary, "ctl", "reread"); code != 0 {
		t.Fatal(text)
	}
	if text, code := p.ctl(binary, "ctl", "update"); code != 0 {
		t.Fatal(text)
	}
	if text, code := p.ctl(binary, "ctl", "restart", "web"); code != 0 {
		t.Fatal(text)
	}
	p.await(&p.stdout, "pass word 2//8000/1/2/512.\n")

	rotate("..3", "pass word 3\x00")
	text, code := p.ctl(binary, "ctl", "update")
	if code == 0 || !strings.Contains(text, "it is binary") || strings.Contains(text, "pass word") {
		t.Errorf("%d %s", code, text)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
	if said := p.stderr.String(); strings.Contains(said, "pass word") {
		t.Errorf("a secret is shown:\n%s", said)
	}
}

// TestVariablesHang: a file that does not answer holds up no stop.
func TestVariablesHang(t *testing.T) {
	t.Parallel()
	hangs, _ := hangingDir(t)
	p := variable(t)
	p.Env = append(p.Env, "ENTRYPOINT_SECRETS=X", "X_FILE="+hangs+"/x")
	p.start()
	p.await(&p.stderr, `entry-point: secrets: waiting for "`+hangs+`/x": its file system does not answer`)
	begin := time.Now()
	p.kill(syscall.SIGTERM)
	p.wantCode(128 + int(syscall.SIGTERM))
	if took := time.Since(begin); late(took, quickly) {
		t.Errorf("stopped after %v", took)
	}
}

// TestVariablesOfSupervisord: under the name supervisord values know the size of the
// container, and programs have what supervisord gives them.
func TestVariablesOfSupervisord(t *testing.T) {
	t.Parallel()
	for sizing, check := range map[string]string{"off": `-z "$ENTRYPOINT_CPUS$ENTRYPOINT_MEMORY_MB$WEB_CONCURRENCY"`, "auto": `"$ENTRYPOINT_CPUS" = %(cpus)s`} {
		t.Run(sizing, func(t *testing.T) {
			t.Parallel()
			p := configured(t, map[string]string{
				"programs.conf": "[supervisord]\n[program:a]\ncommand = sh -c 'test %(cpus)s -ge 1 -a %(memory_mb)s -ge 1 -a " + check + " && echo good; exec sleep 1000'\n",
			}, "-n")
			p.Args[0] = "supervisord"
			p.Env = append(p.Env, "ENTRYPOINT_SOCKET="+p.socket(), "ENTRYPOINT_SIZING="+sizing, "WEB_CONCURRENCY=")
			p.start()
			p.await(&p.stdout, "good\n")
			p.kill(syscall.SIGTERM)
			p.wantCode(0)
		})
	}
}
