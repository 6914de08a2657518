package templates

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/config/profile"
	"entrypoint/supervisor/skip"
)

// box is a directory with templates and what they become.
type box struct {
	t   *testing.T
	dir string
	o   Options
}

func newBox(t *testing.T, env ...string) *box {
	dir := t.TempDir()
	return &box{t, dir, Options{
		Dir: dir,
		Env: append([]string{"XDG_RUNTIME_DIR=" + dir, "NGINX_ENVSUBST_TEMPLATE_DIR=" + dir + "/templates", "NGINX_ENVSUBST_OUTPUT_DIR=" + dir + "/conf.d", "NGINX_ENVSUBST_STREAM_OUTPUT_DIR=" + dir + "/stream"}, env...),
	}}
}

// write makes a file, with directories.
func (b *box) write(name, text string, mode os.FileMode) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), mode)
	}
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return path
}

// template adds a template= with this text.
func (b *box) template(source, text, target string) *config.Template {
	b.t.Helper()
	b.o.Templates = append(b.o.Templates, config.Template{
		Source: b.write(source, text, 0o640), Target: filepath.Join(b.dir, target), Mode: config.TemplateMode, Place: "x.conf:1",
	})
	return &b.o.Templates[len(b.o.Templates)-1]
}

// has checks a file.
func (b *box) has(name, text string) os.FileInfo {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, name))
	if string(data) != text {
		b.t.Errorf("%s has %q, want %q (%v)", name, data, text, err)
	}
	info, _ := os.Lstat(filepath.Join(b.dir, name))
	return info
}

// run runs all, and counts what has changed.
func (b *box) run(changed, unchanged int) Result {
	b.t.Helper()
	r, err := Run(b.o)
	if err != nil || r.Changed != changed || r.Unchanged != unchanged {
		b.t.Fatalf("%+v, want %d changed and %d unchanged (%v)", r, changed, unchanged, err)
	}
	return r
}

// program is one whose configuration may be a template.
func program(name string, argv, check []string) *config.Program {
	return &config.Program{Name: name, Group: name, Profile: name, Command: argv, ReloadCheck: check}
}

func TestRun(t *testing.T) {
	if r, err := Run(Options{Env: []string{"NGINX_ENVSUBST_TEMPLATE_DIR=/nonexistent"}}); err != nil || r.Changed+r.Unchanged != 0 {
		t.Fatal(r, err)
	}
	b := newBox(t, "PORT=80", "HOST=example.org", "NGINX_ENVSUBST_FILTER=^(PORT|NONE)$")
	b.template("a.in", "${PORT} ${host} $PORT ${NONE:-none} ${WANTED}.", "deep/er/a")
	b.template("b.in", "$HOST\x00${PORT}", "b").Mode = 0o600
	b.o.Declared = []string{"WANTED"}
	b.write("templates/default.conf.template", "listen ${PORT} $PORT $HOST ${NONE} $remote_addr;", 0o604)
	b.write("templates/sub/x.conf.template", "$PORT", 0o644)
	b.write("templates/other.txt", "$PORT", 0o644)
	b.write("templates/..2024/old.conf.template", "$PORT", 0o644)
	if err := os.Symlink("default.conf.template", b.dir+"/templates/link.conf.template"); err != nil {
		t.Fatal(err)
	}
	lines := Explain(b.o)
	b.run(5, 0)
	if info := b.has("deep/er/a", "80 ${host} $PORT none ."); info.Mode() != 0o640 {
		t.Error(info.Mode())
	}
	if info := b.has("b", "$HOST\x00${PORT}"); info.Mode() != 0o600 {
		t.Error(info.Mode())
	}
	before := b.has("conf.d/default.conf", "listen 80 80 $HOST ${NONE} $remote_addr;")
	if before.Mode() != 0o604 {
		t.Error(before.Mode())
	}
	b.has("conf.d/link.conf", "listen 80 80 $HOST ${NONE} $remote_addr;")
	b.has("conf.d/sub/x.conf", "80")
	if names, _ := os.ReadDir(b.dir + "/conf.d"); len(names) != 3 {
		t.Error(names)
	}
	if len(lines) != 5 || !strings.Contains(lines[0], "would make "+b.dir+"/deep/er/a of "+b.dir+"/a.in (0640, ") ||
		!strings.HasSuffix(lines[0], "), variables: PORT, WANTED, not set and left as they are: host") && !strings.HasSuffix(lines[0], "variables: PORT, WANTED, not set and left as they are: host") {
		t.Errorf("%q", lines)
	}
	if lines := Explain(b.o); !strings.HasPrefix(lines[0], "leaves ") {
		t.Errorf("%q", lines)
	}
	b.run(0, 5)
	if after := b.has("conf.d/default.conf", "listen 80 80 $HOST ${NONE} $remote_addr;"); !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		t.Error("an unchanged file has been written again")
	}
	b.o.Env = append(b.o.Env, "PORT=81") // the last one counts
	b.run(4, 1)
	b.has("conf.d/sub/x.conf", "81")
	if left, _ := filepath.Glob(b.dir + "/entry-point-templates*"); left != nil {
		t.Error(left)
	}
}

// TestMistakes: all are told together, with their places, and without a value.
func TestMistakes(t *testing.T) {
	b := newBox(t, "SECRET=very-secret", "NGINX_ENVSUBST_FILTER=(")
	b.template("a.in", "${NONE:?give it}\n${SECRET", "a")
	b.template("b.in", "", "a")
	b.template("c.in", "", "dir").Mode = 0
	b.template("d.in", "", "d").Target = b.dir + "/d.in"
	b.template("e.in", "", "e").Source = b.dir + "/none"
	b.template("f.in", "", "f").Owner = "nobody-knows-this-user"
	b.template("g.in", "", "g").Source = b.dir
	b.template("h.in", "", "h").Source = b.dir + "/fifo"
	b.template("i.in", "", "i").Source = "/dev/null"
	b.template("j.in", "", "j").Source = b.write("large", strings.Repeat("x", limit+1), 0o600)
	b.template("k.in", "", "k").Target = b.dir + "/k.link"
	err := errors.Join(os.Mkdir(b.dir+"/dir", 0o755), unix.Mkfifo(b.dir+"/fifo", 0o600), os.Link(b.dir+"/k.in", b.dir+"/k.link"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(b.o)
	coded, ok := err.(interface{ ExitCode() int })
	if !ok || coded.ExitCode() != 78 {
		t.Fatal(err)
	}
	for _, want := range []string{
		"a.in: line 1: NONE: give it", `a.in: line 2: ${SECRET has no "}"`, "b.in: " + b.dir + "/a is already made of " + b.dir + "/a.in",
		"d.in: the template would replace itself", "none: cannot read the template: no such file", `no user "nobody-knows-this-user"`,
		b.dir + ": cannot read the template: it is not a regular file", "fifo: cannot read the template: it is not a regular file",
		"/dev/null: cannot read the template: it is not a regular file", "large: the template is larger than 16 MB",
		"k.in: the template would replace itself", "NGINX_ENVSUBST_FILTER: the expression",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "very-secret") {
		t.Error("a value is told")
	}
	if strings.Count(err.Error(), "d.in: the template would replace itself") != 1 {
		t.Errorf("it is not told once:\n%v", err)
	}
	if lines := Explain(b.o); !slices.Equal(lines, strings.Split(err.Error(), "\n")) {
		t.Errorf("%q", lines)
	}
	b.o.Templates = b.o.Templates[2:3] // what is only found when it is to be written
	b.o.Env = b.o.Env[:2]
	if _, err := Run(b.o); err == nil || !strings.Contains(err.Error(), "cannot write "+b.dir+"/dir: is a directory") {
		t.Error(err)
	}
}

// TestJudgeAlone: it is enough for a check that the command of one program names the file.
func TestJudgeAlone(t *testing.T) {
	for name, file := range map[string]func(b *box) string{
		"by its whole path":                    func(b *box) string { return b.dir + "/haproxy.cfg" },
		"as seen from its directory":           func(*box) string { return "haproxy.cfg" },
		"by its whole path, behind an =":       func(b *box) string { return "--config=" + b.dir + "/haproxy.cfg" },
		"from its directory, and behind an =":  func(*box) string { return "--config=haproxy.cfg" },
		"in the text of a shell, without more": func(b *box) string { return "exec haproxy <" + b.dir + "/haproxy.cfg" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, "PORT=1")
			b.template("haproxy.in", "port ${PORT}", "haproxy.cfg")
			argv := []string{"check", file(b)}
			b.o.Programs = []*config.Program{program("haproxy", argv, argv)}
			ran := 0
			b.o.Check = func(*config.Program, []string) error { ran++; return nil }
			if r := b.run(1, 0); ran != 1 || !slices.Equal(r.Programs, []string{"haproxy"}) {
				t.Errorf("the check ran %d times; %+v", ran, r)
			}
		})
	}
}

// TestJudge: the check of a program that uses a changed file sees what is to be, at
// another place, and decides.
func TestJudge(t *testing.T) {
	b := newBox(t, "PORT=1")
	main := b.write("nginx/nginx.conf", "include mime.types; http { include conf.d/*.conf; }", 0o644)
	b.write("nginx/mime.types", "types", 0o644)
	b.write("nginx/conf.d/other.conf", "other", 0o644)
	b.template("site.in", "port ${PORT}", "nginx/conf.d/site.conf")
	b.template("uwsgi.in", "port ${PORT}", "uwsgi.ini")
	b.template("free.in", "port ${PORT}", "free")
	b.o.Programs = []*config.Program{
		program("nginx", []string{"nginx", "-c", main}, []string{"nginx", "-t", "-c", main}),
		program("uwsgi", []string{"uwsgi", "--ini", "uwsgi.ini"}, []string{"check", "uwsgi.ini"}),
		program("else", []string{"sleep", "1"}, []string{"never"}),
	}
	var ran []string
	var answer error
	b.o.Check = func(p *config.Program, argv []string) error {
		ran = append(ran, p.Name)
		file := argv[len(argv)-1]
		if !strings.HasPrefix(file, b.dir+"/entry-point-templates-new") {
			t.Errorf("%s is asked about %s", p.Name, file)
		}
		dir := filepath.Dir(file)
		if p.Name == "nginx" {
			want := `include mime.types; http { include "` + strings.TrimSuffix(dir, b.dir+"/nginx") + b.dir + `/nginx/conf.d/*.conf"; }`
			if data, err := os.ReadFile(file); string(data) != want {
				t.Errorf("nginx is asked about %s, want %s (%v)", data, want, err)
			}
			for name, want := range map[string]string{"mime.types": "types", "conf.d/other.conf": "other", "conf.d/site.conf": "port 1"} {
				if data, err := os.ReadFile(dir + "/" + name); string(data) != want {
					t.Errorf("beside it %s is %q, want %q (%v)", name, data, want, err)
				}
			}
		}
		return answer
	}
	r := b.run(3, 0)
	if !slices.Equal(ran, []string{"nginx", "uwsgi"}) || !slices.Equal(r.Programs, ran) || r.Moved != nil {
		t.Errorf("%q, %+v", ran, r)
	}
	b.has("nginx/nginx.conf", "include mime.types; http { include conf.d/*.conf; }")
	b.has("nginx/conf.d/site.conf", "port 1")
	ran = nil
	b.run(0, 3)
	if ran != nil {
		t.Errorf("nothing has changed, and %q ran", ran)
	}
	b.write("site.in", "bad", 0o640)
	b.o.Programs[0].ReloadCheck = []string{"nginx", "-t", "-c", "/elsewhere"}
	b.run(1, 2) // a check that cannot see the file judges nothing
	if ran != nil {
		t.Errorf("%q ran", ran)
	}
	b.write("uwsgi.in", "bad", 0o640)
	b.write("free.in", "bad", 0o640)
	answer = errors.New("line 1 of /entry-point-templates-new is bad")
	_, err := Run(b.o)
	if err == nil || err.Error() != b.dir+"/uwsgi.in: program uwsgi does not take what it has become: "+answer.Error() || !errors.Is(err, answer) {
		t.Errorf("%v", err)
	}
	b.has("uwsgi.ini", "port 1")
	b.has("free", "port 1")
	if left, _ := filepath.Glob(b.dir + "/entry-point-templates*"); left != nil {
		t.Error(left)
	}
}

// TestFor: a program gets its own files, and those of nobody; what is wrong with the files
// of others is nothing to it.
func TestFor(t *testing.T) {
	b := newBox(t)
	b.template("web.in", "1", "web.ini")
	b.template("app.in", "${NONE:?missing}", "app.ini")
	b.template("free.in", "1", "free")
	b.o.Programs = []*config.Program{
		program("web", []string{"server", "web.ini"}, nil), program("app", []string{"server", "app.ini"}, nil), program("both", []string{"server", "web.ini", "app.ini"}, nil),
	}
	b.o.For = b.o.Programs[0].FullName()
	b.run(2, 0)
	b.o.For = b.o.Programs[1].FullName()
	if _, err := Run(b.o); err == nil || !strings.HasSuffix(err.Error(), "app.in: line 1: NONE: missing") {
		t.Error(err)
	}
	b.write("app.in", "2", 0o640)
	b.write("web.in", "2", 0o640)
	b.run(1, 1)
	b.has("web.ini", "1")
	b.has("app.ini", "2")
}

// TestStream: the main file of nginx gets a block for stream templates once.
func TestStream(t *testing.T) {
	b := newBox(t, "PORT=1")
	main := b.write("nginx.conf", "events {}\n", 0o644)
	b.o.Programs = []*config.Program{program("nginx", []string{"nginx", "-c", main}, nil)}
	b.write("templates/db.conf.stream-template", "server { listen $PORT; }", 0o644)
	b.run(2, 0)
	b.has("stream/db.conf", "server { listen 1; }")
	b.has("nginx.conf", "events {}\n\n# added by entry-point for the stream templates\nstream {\n    include "+b.dir+"/stream/*.conf;\n}\n")
	b.run(0, 1)
}

// TestForeignFolder: a program's user does not decide which files root overwrites.
func TestForeignFolder(t *testing.T) {
	skip.UnlessRoot(t, "for files of several users")
	b := newBox(t)
	b.write("templates/x.conf.template", "x", 0o644)
	if err := os.Chown(b.dir+"/templates", 33, 33); err != nil {
		t.Fatal(err)
	}
	web := program("web", []string{"sleep"}, nil)
	web.User = &config.User{Name: "www-data", UID: 33}
	b.o.Programs = []*config.Program{web}
	if _, err := Run(b.o); err == nil || !strings.Contains(err.Error(), "belongs to www-data, the user of program web") {
		t.Error(err)
	}
	web.User.UID = 34
	b.run(1, 0)
}

// TestPrivateRoot: a directory that somebody else has made there is not used.
func TestPrivateRoot(t *testing.T) {
	skip.UnlessRoot(t, "for files of several users")
	dir := t.TempDir()
	env := []string{"XDG_RUNTIME_DIR=" + dir}
	for _, dry := range [...]bool{true, false, false} {
		if root, err := privateRoot(env, "x-templates-test", dry); err != nil || root != dir+"/x-templates-test" {
			t.Fatal(root, err)
		}
	}
	for name, attack := range map[string]func() error{
		"owner": func() error { return os.Chown(dir+"/x-templates-test", 33, 33) },
		"mode":  func() error { return os.Chmod(dir+"/x-templates-test", 0o777) },
		"link":  func() error { return os.Symlink("/etc", dir+"/x-templates-test") },
		"file":  func() error { return os.WriteFile(dir+"/x-templates-test", nil, 0o644) },
		"above": func() error { return os.Chown(dir, 33, 33) },
	} {
		_ = os.RemoveAll(dir + "/x-templates-test")
		if name != "link" && name != "file" {
			if err := os.Mkdir(dir+"/x-templates-test", 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := attack(); err != nil {
			t.Fatal(err)
		}
		if err := private(dir, "x-templates-test", 0o755, false); err == nil {
			t.Error(name, "is not noticed")
		}
	}
}

// readOnly is the variable of the test's second process, whose directory is read-only.
const readOnly = "TEMPLATES_READ_ONLY"

// TestReadOnly: files whose place is read-only go into a tree, and the programs that use
// them are told; what nobody can be told is an error.
func TestReadOnly(t *testing.T) {
	if dir := os.Getenv(readOnly); dir != "" {
		inReadOnly(t, dir)
		return
	}
	skip.UnlessRoot(t, "for a mount")
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/run", 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0], "-test.run=^TestReadOnly$", "-test.v")
	c.Env = append(os.Environ(), readOnly+"="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func inReadOnly(t *testing.T, dir string) {
	b := &box{t, dir, Options{Dir: dir, Env: []string{"XDG_RUNTIME_DIR=" + dir + "/run", "NGINX_ENVSUBST_TEMPLATE_DIR=" + dir + "/templates", "NGINX_ENVSUBST_OUTPUT_DIR=" + dir + "/nginx/conf.d", "PORT=1"}}}
	main := b.write("nginx/nginx.conf", "include mime.types; http { include "+dir+"/nginx/conf.d/*.conf; }", 0o644)
	b.write("nginx/mime.types", "types", 0o644)
	b.write("nginx/conf.d/default.conf", "old", 0o644)
	b.write("nginx/conf.d/other.conf", "other", 0o644)
	b.write("templates/default.conf.template", "port $PORT", 0o644)
	b.template("uwsgi.in", "port ${PORT}", "etc/uwsgi.ini")
	b.template("free.in", "port ${PORT}", "run/free")
	for _, m := range [...]struct{ source, target, kind, options string }{
		{"", "/", "", ""}, {dir, dir, "bind", ""}, {dir, dir, "again", ""}, {"tmpfs", dir + "/run", "tmpfs", ""},
	} {
		flags := map[string]uintptr{"": unix.MS_REC | unix.MS_PRIVATE, "bind": unix.MS_BIND, "again": unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY, "tmpfs": 0}[m.kind]
		if err := unix.Mount(m.source, m.target, "tmpfs", flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	b.o.Programs = []*config.Program{program("nginx", []string{"nginx", "-c", main}, nil)}
	_, err := Run(b.o)
	if err == nil || !strings.Contains(err.Error(), "uwsgi.in: cannot write "+dir+"/etc/uwsgi.ini: nothing may be written there, and no program is known") || strings.Contains(err.Error(), "free") || strings.Contains(err.Error(), "default") {
		t.Fatal(err)
	}
	b.o.Lenient = true
	unnamed := dir + "/etc/uwsgi.ini"
	if r := b.run(3, 0); !slices.Equal(r.Notes, []string{"nothing may be written at " + unnamed + ", and the command does not name it; it is at " + dir + "/run/entry-point-templates" + unnamed}) ||
		len(r.Moved) != 2 || slices.ContainsFunc(r.Moved, func(m profile.Moved) bool { return m.From == unnamed }) {
		t.Errorf("%+v", r)
	}
	b.o.Lenient = false
	if err := os.RemoveAll(dir + "/run/entry-point-templates"); err != nil || os.Remove(dir+"/run/free") != nil {
		t.Fatal(err)
	}
	b.o.Programs = append(b.o.Programs, program("uwsgi", []string{"uwsgi", "--ini=etc/uwsgi.ini"}, nil))
	r := b.run(3, 0)
	root := "run/entry-point-templates" + dir
	if len(r.Moved) != 3 || r.Moved[2].From != main || r.Moved[2].To != filepath.Join(dir, root, "nginx/nginx.conf") {
		t.Errorf("%+v", r.Moved)
	}
	b.has(root+"/etc/uwsgi.ini", "port 1")
	b.has("run/free", "port 1")
	b.has(root+"/nginx/nginx.conf", `include mime.types; http { include "`+dir+"/"+root+`/nginx/conf.d/*.conf"; }`)
	b.has(root+"/nginx/mime.types", "types")
	b.has(root+"/nginx/conf.d/default.conf", "port 1")
	b.has(root+"/nginx/conf.d/other.conf", "other")
	if again := b.run(0, 3); !slices.Equal(again.Moved, r.Moved) {
		t.Errorf("%+v", again.Moved)
	}
	// A reload of one program leaves the files of the others where they are.
	b.o.Env = append(b.o.Env, "PORT=3")
	b.o.For = b.o.Programs[1].FullName()
	b.run(2, 0)
	b.has(root+"/etc/uwsgi.ini", "port 3")
	b.has(root+"/nginx/conf.d/default.conf", "port 1")
	b.o.For = ""
	// The tree becomes what is to be, whatever is there.
	if err := errors.Join(os.RemoveAll(dir+"/"+root+"/nginx/conf.d"), os.Symlink("/etc", dir+"/"+root+"/nginx/conf.d"), os.WriteFile(dir+"/"+root+"/nginx/stale", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	b.o.Env = append(b.o.Env, "PORT=2")
	b.run(3, 0)
	b.has(root+"/nginx/conf.d/default.conf", "port 2")
	if names, _ := os.ReadDir(dir + "/" + root + "/nginx"); len(names) != 3 {
		t.Error(names)
	}
	if _, err := os.Lstat("/etc/default.conf"); err == nil {
		t.Error("a link has been followed")
	}
}
