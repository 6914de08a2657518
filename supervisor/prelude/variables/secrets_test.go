package variables

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/config/environ"
	"entrypoint/supervisor/skip"
)

const hidden = "hunter2" // in no message

// fake reads from a map; a value that begins with "error: " is why it cannot be read.
func fake(files map[string]string) func(string, int) ([]byte, error) {
	return func(path string, limit int) ([]byte, error) {
		text, ok := files[path]
		switch {
		case !ok:
			return nil, unix.ENOENT
		case text == "EACCES":
			return nil, unix.EACCES
		case text == "EIO":
			return nil, unix.EIO
		case len(text) > limit:
			return nil, errTooLarge
		}
		return []byte(text), nil
	}
}

// require is what require_env asks for.
func require(names ...string) (list []config.Requirement) {
	for _, name := range names {
		list = append(list, config.Requirement{Name: name})
	}
	return list
}

// TestSecrets: what a file makes of a variable.
func TestSecrets(t *testing.T) {
	files := map[string]string{
		"/run/secrets/a": hidden + "\n", "/var/run/secrets/b": hidden, "/vault/c": hidden + "\r\n", "/run/secrets/two": "x\n\n", "/run/secrets/empty": "",
		"/run/secrets/newline": "\n", "/run/secrets/cr": "x\r", "/run/secrets/lines": "-----BEGIN-----\nabc\n-----END-----\n", "/etc/shadow": hidden, "rel": hidden,
		"/run/secrets/nul": hidden + "\x00x", "/run/secrets/closed": "EACCES", "/run/secrets/bad": "EIO", "/run/secrets/large": strings.Repeat("x", 128<<10),
		"/run/secrets/most": strings.Repeat("x", 128<<10-len("X=\x00")) + "\n", "/run/secrets/more": strings.Repeat("x", 128<<10-len("X=\x00")+1),
		"/run/secrets2/x": hidden, "/run/secrets/../../etc/shadow": hidden, "/run/secrets/ä b": hidden,
	}
	uid := fmt.Sprint(unix.Geteuid())
	for name, c := range map[string]struct {
		keys  config.Prelude
		env   string // with | between two
		want  string // likewise
		notes string
		err   string
	}{
		"none":               {env: "A=1|PATH=/bin", want: "A=1|PATH=/bin"},
		"below /run/secrets": {env: "X_FILE=/run/secrets/a|A=1", want: "A=1|X=hunter2", notes: "set X from files"},
		"several":            {env: "X_FILE=/run/secrets/a|Y_FILE=/var/run/secrets/b", want: "X=hunter2|Y=hunter2", notes: "set X, Y from files"},
		"X is empty":         {env: "X=|X_FILE=/run/secrets/a", want: "X=hunter2", notes: "set X from files"},
		"X_FILE is empty":    {env: "X_FILE=", want: "X_FILE="},
		"elsewhere":          {env: "X_FILE=/etc/shadow", want: "X_FILE=/etc/shadow"},
		"out by dots":        {env: "X_FILE=/run/secrets/../../etc/shadow", want: "X_FILE=/run/secrets/../../etc/shadow"},
		"in by dots":         {env: "X_FILE=/run/../run//secrets/./a", want: "X_FILE=/run/../run//secrets/./a", notes: `X_FILE names "/run/../run//secrets/./a", which is missing; X is not set`},
		"beside":             {env: "X_FILE=/run/secrets2/x|Y_FILE=/run/secrets", want: "X_FILE=/run/secrets2/x|Y_FILE=/run/secrets"},
		"odd name":           {env: "X_FILE=/run/secrets/ä b", want: "X=hunter2", notes: "set X from files"},
		"only _FILE":         {env: "_FILE=/run/secrets/a", want: "_FILE=/run/secrets/a"},
		"secrets_dir":        {keys: config.Prelude{Secrets: config.Secrets{Dirs: []string{"/vault"}}}, env: "X_FILE=/vault/c", want: "X=hunter2", notes: "set X from files"},
		"wanted":             {keys: config.Prelude{Require: require("X")}, env: "X_FILE=/etc/shadow|Y_FILE=/etc/shadow", want: "Y_FILE=/etc/shadow|X=hunter2", notes: "set X from files"},
		"wanted, relative":   {keys: config.Prelude{Require: require("X")}, env: "X_FILE=rel", want: "X=hunter2", notes: "set X from files"},
		"off":                {keys: config.Prelude{Secrets: config.Secrets{Mode: config.SecretsOff}}, env: "X_FILE=/run/secrets/a|X=1", want: "X_FILE=/run/secrets/a|X=1"},
		"named": {
			keys: config.Prelude{Secrets: config.Secrets{Mode: config.SecretsNamed, Names: []string{"X", "SSL_CERT", "Z"}}},
			env:  "X_FILE=/etc/shadow|SSL_CERT_FILE=/run/secrets/a|Y_FILE=/run/secrets/a", want: "Y_FILE=/run/secrets/a|X=hunter2|SSL_CERT=hunter2",
			notes: "set X, SSL_CERT from files",
		},
		"two line ends": {env: "X_FILE=/run/secrets/two", want: "X=x\n", notes: "set X from files"},
		"lone CR":       {env: "X_FILE=/run/secrets/cr", want: "X=x\r", notes: "set X from files"},
		"lines":         {env: "X_FILE=/run/secrets/lines", want: "X=-----BEGIN-----\nabc\n-----END-----", notes: "set X from files"},
		"empty": {
			env: "X_FILE=/run/secrets/empty|Y_FILE=/run/secrets/newline", want: "X=|Y=",
			notes: "X is empty, because \"/run/secrets/empty\" is\nY is empty, because \"/run/secrets/newline\" is\nset X, Y from files",
		},
		"as large as can be": {env: "X_FILE=/run/secrets/most", want: "X=" + strings.Repeat("x", 128<<10-len("X=\x00")), notes: "set X from files"},
		"one more":           {env: "X_FILE=/run/secrets/more", err: `cannot use "/run/secrets/more" for X_FILE: it is too large: a variable holds 128 KB with its name`},
		"missing":            {env: "X_FILE=/run/secrets/no", want: "X_FILE=/run/secrets/no", notes: `X_FILE names "/run/secrets/no", which is missing; X is not set`},
		"missing, wanted":    {keys: config.Prelude{Require: require("X")}, env: "X_FILE=/run/secrets/no", err: `X_FILE names "/run/secrets/no", which is missing; X is wanted by require_env`},
		"missing, named": {
			keys: config.Prelude{Secrets: config.Secrets{Mode: config.SecretsNamed, Names: []string{"X"}}}, env: "X_FILE=/no",
			err: `X_FILE names "/no", which is missing; X is wanted by secrets`,
		},
		"the secret in place of a path": {
			keys: config.Prelude{Require: require("X")}, env: "X_FILE=" + hidden,
			err: "X_FILE names a file (its name is not shown: it begins with no /, and may be the secret itself), which is missing; X is wanted by require_env",
		},
		"all that is wrong": {
			env: "A_FILE=/run/secrets/nul|B_FILE=/run/secrets/closed|C=" + hidden + "|C_FILE=/run/secrets/a|D_FILE=/run/secrets/bad|E_FILE=/run/secrets/large|F_FILE=/run/secrets/a",
			err: `cannot use "/run/secrets/nul" for A_FILE: it is binary (it has a NUL byte), and a variable holds text` + "\n" +
				`cannot use "/run/secrets/closed" for B_FILE: permission denied for user ` + uid + `, who entry-point is` + "\n" +
				`C and C_FILE are both set; unset one of them` + "\n" +
				`cannot use "/run/secrets/bad" for D_FILE: input/output error` + "\n" +
				`cannot use "/run/secrets/large" for E_FILE: it is too large: a variable holds 128 KB with its name`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := strings.Split(c.env, "|")
			before := slices.Clone(env)
			r, err := Secrets(Options{Keys: &c.keys, Env: env, Read: fake(files)})
			if !slices.Equal(env, before) {
				t.Errorf("it has changed the environment that it was given: %q", env)
			}
			if r.What != "" {
				r.Notes = append(r.Notes, r.What)
			}
			notes := strings.Join(r.Notes, "\n")
			if c.err != "" {
				exit := interface{ ExitCode() int }(nil)
				if err == nil || err.Error() != c.err || !errors.As(err, &exit) || exit.ExitCode() != 78 {
					t.Errorf("got  %v\nwant %s", err, c.err)
				}
			} else if got := strings.Join(r.Env, "|"); err != nil || got != c.want || notes != c.notes {
				t.Errorf("%v\ngot  %.200q\nwant %.200q\nnotes %s\nwant  %s", err, got, c.want, notes, c.notes)
			}
			if strings.Contains(fmt.Sprint(notes, err), hidden) {
				t.Errorf("the secret is shown: %s %v", notes, err)
			}
			for _, name := range r.Names {
				if _, found := environ.Lookup(r.Env, name); err == nil && !found {
					t.Errorf("%s is not set", name)
				}
			}
		})
	}
}

// TestNeverTaken: what programs read themselves is left to them, wherever it lies and even
// where require_env wants a variable of that name.
func TestNeverTaken(t *testing.T) {
	for _, name := range []string{
		"SSL_CERT", "NIX_SSL_CERT", "REDIS_TLS_KEY", "GIT_CONFIG", "AWS_SHARED_CREDENTIALS", "AWS_CONFIG", "AWS_WEB_IDENTITY_TOKEN",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AZURE_FEDERATED_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_CREDENTIALS", "KC_HTTPS_CERTIFICATE_KEY",
		"GF_SECURITY_ADMIN_PASSWORD_", "UWSGI_PID", "COMPOSE", "APP_LOG", "LOG", "PID", "ENTRYPOINT_HTTP_LOGIN", "ANSIBLE_VAULT_PASSWORD", "CLIENT_KEYTAB",
	} {
		r, err := Secrets(Options{
			Keys: &config.Prelude{Require: require(name)}, Env: []string{name + "_FILE=/run/secrets/a"}, Read: fake(map[string]string{"/run/secrets/a": "x"}),
		})
		if err != nil || r.Env[0] != name+"_FILE=/run/secrets/a" || r.Names != nil {
			t.Errorf("%s: %q, %v", name, r.Env, err)
		}
	}
	for _, name := range []string{"POSTGRES_PASSWORD", "DJANGO_SECRET_KEY", "MYSQL_ROOT_PASSWORD", "WORDPRESS_DB_PASSWORD", "JWT_PRIVATE_KEY", "GITHUB_TOKEN", "KC_DB_PASSWORD", "DB_KEY"} {
		if isPath(name + "_FILE") {
			t.Errorf("%s is not taken", name)
		}
	}
}

// TestNeverTakenIsTold: the help has every name of the list.
func TestNeverTakenIsTold(t *testing.T) {
	text, err := os.ReadFile("../../../cmd/entry-point/help/topics/secrets.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if !strings.Contains(string(text), "`"+p+"`") {
			t.Errorf("the help does not have %s", p)
		}
	}
}

// TestNothingToDo: an environment without secrets is the one that was given.
func TestNothingToDo(t *testing.T) {
	env := []string{"PATH=/bin", "SSL_CERT_FILE=/run/secrets/a", "A_FILE=/b", "ENTRYPOINT_CPUS=1", "ENTRYPOINT_MEMORY_MB=1"}
	o := Options{Keys: &config.Prelude{}, Env: env}
	if n := testing.AllocsPerRun(10, func() {
		a, _ := Secrets(o)
		b, _ := Sizing(o)
		c, _ := Require(o)
		if &a.Env[0] != &env[0] || &b.Env[0] != &env[0] || &c.Env[0] != &env[0] {
			t.Error("the environment was copied")
		}
	}); n > 0 {
		t.Errorf("%v allocations for nothing", n)
	}
}

// TestReadFile: real files, and what is none. None of it waits.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain, large := file("plain", "secret\n", 0o600), file("large", strings.Repeat("x", 1001), 0o600)
	full := file("full", strings.Repeat("x", 1000), 0o600)
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(plain, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		plain: "secret\n", link: "secret\n", full: strings.Repeat("x", 1000),
		large: errTooLarge.Error(), dir: errDirectory.Error(), fifo: errNotRegular.Error(), "/dev/null": errNotRegular.Error(),
		dir + "/no": "no such file or directory", plain + "/x": "not a directory", "/proc/self/comm": "?", "/dev/zero": errNotRegular.Error(),
	} {
		begin := time.Now()
		data, err := ReadFile(path, 1000)
		got := string(data)
		if err != nil {
			got = err.Error()
		}
		if got != want && (want != "?" || err != nil || got == "") {
			t.Errorf("%s: got %.100q, want %.100q", path, got, want)
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%s took %v", path, took)
		}
	}
	closed := file("closed", "x", 0)
	if unix.Geteuid() != 0 {
		if _, err := ReadFile(closed, 10); !errors.Is(err, unix.EACCES) {
			t.Errorf("%v", err)
		}
	}
}

// TestLinksOfUsers: root reads no file to which a user of the container leads it.
func TestLinksOfUsers(t *testing.T) {
	skip.UnlessRoot(t, "to give a directory away")
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "shadow")
	if err := os.WriteFile(outside, []byte(hidden), 0o600); err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(dir, "secrets")
	for _, err := range []error{
		os.Mkdir(theirs, 0o755), os.Symlink(outside, theirs+"/link"), os.Link(outside, theirs+"/hard"), os.Symlink(filepath.Dir(outside), theirs+"/d"),
		os.WriteFile(theirs+"/plain", []byte("plain"), 0o600), unix.Mkfifo(theirs+"/fifo", 0o600),
		os.Chown(theirs, 65534, 65534), os.Lchown(theirs+"/link", 65534, 65534), os.Chown(theirs+"/fifo", 65534, 65534), os.Chmod(dir, 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"link", "hard", "d/shadow", "fifo"} {
		if data, err := ReadFile(theirs+"/"+name, 1000); err == nil || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if data, err := ReadFile(theirs+"/plain", 1000); err != nil || string(data) != "plain" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestRotation: a volume of Kubernetes, whose links are exchanged when a secret changes, also
// in a directory where everybody can write, as it is there.
func TestRotation(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
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
	rotate("..1", "one\n")
	if err := os.Symlink("..data/db", filepath.Join(dir, "db")); err != nil {
		t.Fatal(err)
	}
	o := Options{Keys: &config.Prelude{Secrets: config.Secrets{Dirs: []string{dir}}}, Env: []string{"DB_FILE=" + filepath.Join(dir, "db")}}
	if r, err := Secrets(o); err != nil || r.Env[0] != "DB=one" {
		t.Errorf("%q, %v", r.Env, err)
	}
	rotate("..2", "two\n")
	if r, err := Secrets(o); err != nil || r.Env[0] != "DB=two" {
		t.Errorf("%q, %v", r.Env, err)
	}
}
