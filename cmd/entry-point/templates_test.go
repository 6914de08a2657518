package main_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"entrypoint/supervisor/eventually"
)

// fetch is what an HTTP server answers.
func fetch(t *testing.T, address string) string {
	t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// withNginx is an nginx whose main file includes conf.d, and a template for what lies there.
func withNginx(t *testing.T) (p *initProcess, address string) {
	address, _ = freeAddress(t, "tcp")
	p = prepare(t)
	if err := os.Chmod(filepath.Dir(p.Dir), 0o755); err != nil { // nginx' workers are www-data
		t.Fatal(err)
	}
	p.write("nginx.conf", `
worker_processes 1;
pid /run/templates-test.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /run/b; proxy_temp_path /run/p; fastcgi_temp_path /run/f; uwsgi_temp_path /run/u; scgi_temp_path /run/s;
  include conf.d/*.conf;
}
`)
	for _, dir := range [...]string{"templates", "conf.d", "out"} {
		if err := os.Mkdir(filepath.Join(p.Dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.write("templates/site.conf.template", "server { listen ${ADDRESS}; location / { return 200 'one $host\\n'; } }")
	p.Env = append(
		p.Env, "ADDRESS="+address, "ENTRYPOINT_SOCKET="+p.socket(), "ENTRYPOINT_SETUP=off",
		"NGINX_ENVSUBST_TEMPLATE_DIR="+p.Dir+"/templates", "NGINX_ENVSUBST_OUTPUT_DIR="+p.Dir+"/conf.d",
	)
	return p, address
}

// inMounts executes entry-point where mounts of its own are made first, and /run is empty.
func (p *initProcess) inMounts(mounts string) {
	script := `mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run && ` + mounts + ` && exec "$@"`
	p.Path, p.Args = "/bin/sh", append([]string{"sh", "-c", script, "sh", p.Path}, p.Args[1:]...)
}

// TestTemplates: what nginx includes is made of a template before it starts, when it
// reloads and when the configuration is read again; what nginx does not like replaces
// nothing, and neither does what lacks a variable.
func TestTemplates(t *testing.T) {
	t.Parallel()
	p, address := withNginx(t)
	p.write("app.in", "one ${ADDRESS} ${host}\n")
	p.write("entry-point.conf", "[entrypoint]\nsecrets = WORD\ntemplate = app.in -> out/app 0600\n[program:web]\ncommand = nginx -c "+p.Dir+"/nginx.conf\n[program:app]\ncommand = sleep 1000\n")
	p.write("secret", "first\n")
	p.Env = append(p.Env, "WORD_FILE="+p.Dir+"/secret")
	p.inMounts("true")
	p.start()
	p.await(&p.stderr, "web: running")
	if got := fetch(t, address); got != "one 127.0.0.1\n" {
		t.Errorf("nginx answers %q", got)
	}
	if got := p.read("out/app"); got != "one "+address+" ${host}\n" {
		t.Errorf("the other file has %q", got)
	}
	if !strings.Contains(p.stderr.String(), "templates: made 2 files in ") {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}
	reload := func(code int, want string) {
		t.Helper()
		if text, got := p.ctl(binary, "ctl", "reload", "web"); got != code || !strings.Contains(text, want) {
			t.Errorf("reload: %d %q, want %d %q; stderr:\n%s", got, text, code, want, p.stderr.String())
		}
	}
	p.write("templates/site.conf.template", "server { listen ${ADDRESS}; location / { return 200 'two ${WORD}\\n'; } }")
	reload(0, "web: reloaded")
	answers := func(text string) { // an old worker may still accept for a moment
		t.Helper()
		eventually.So(t, "nginx answers "+text, func() bool { return fetch(t, address) == text }, p.stderr.String)
	}
	answers("two first\n")
	p.write("secret", "second\n") // it has been rotated
	reload(0, "web: reloaded")
	answers("two second\n")
	p.write("templates/site.conf.template", "server { listen ${ADDRESS}; this is wrong; }")
	reload(1, "web: failed: its templates are bad, nothing has changed: ")
	reload(1, `unknown directive "this" in `+p.Dir+"/conf.d/site.conf:1")
	if got := p.read("conf.d/site.conf"); !strings.Contains(got, "two") {
		t.Errorf("a bad file is there: %s", got)
	}
	p.write("templates/site.conf.template", "server { listen ${ADDRESS}; location / { return 200 'three\\n'; } }")
	p.write("app.in", "${MISSING:?give it a value}\n")
	reload(1, "app.in: line 1: MISSING: give it a value") // no program is known to use it
	p.kill(syscall.SIGHUP)
	eventually.So(t, "the configuration was read and refused", func() bool { return strings.Count(p.stderr.String(), "MISSING: give it a value") == 2 }, p.stderr.String)
	p.write("app.in", "three\n")
	if text, code := p.ctl(binary, "ctl", "update"); code != 0 || text != "web: templates have made its files anew\n" {
		t.Errorf("update: %d %q; %s", code, text, p.stderr.String())
	}
	p.await(&p.stderr, "templates: made 2 files again")
	answers("three\n")
	if got := p.read("out/app"); got != "three\n" {
		t.Errorf("the other file has %q", got)
	}
}

// TestTemplatesReadOnly: with a read-only root what cannot be where it should be is in
// /run, and nginx and uWSGI are told, and told again when it changes.
func TestTemplatesReadOnly(t *testing.T) {
	t.Parallel()
	p, address := withNginx(t)
	p.write("conf.d/site.conf", "this is to be replaced")
	p.write("conf.d/other.conf", "map $host $other { default 'and more'; }")
	p.write("templates/site.conf.template", "server { listen ${ADDRESS}; location / { include snippet; uwsgi_pass unix:/run/app.sock; } }")
	p.write("snippet", "include /etc/nginx/uwsgi_params; uwsgi_param OTHER $other;")
	p.write("app.in", "[uwsgi]\nplugin = python3\nmodule = app\nmaster = true\nsocket = /run/app.sock\nchmod-socket = 666\nenv = TEXT=${TEXT:-one}\n")
	p.write("app.py", `
import os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [(os.environ["TEXT"] + " " + environ["OTHER"]).encode()]
`)
	p.write("entry-point.conf", "[entrypoint]\ntemplate = app.in -> out/app.ini\n[program:web]\ncommand = nginx -c "+p.Dir+"/nginx.conf\ndepends_on = app\n[program:app]\ncommand = uwsgi --ini out/app.ini --chdir "+p.Dir+"\n")
	p.inMounts("mount --bind " + p.Dir + " " + p.Dir + " && mount -o remount,bind,ro " + p.Dir + " && cd " + p.Dir)
	p.Env = append(p.Env, "ENTRYPOINT_SOCKET=/run/control.sock", "XDG_RUNTIME_DIR=")
	p.start()
	p.await(&p.stderr, "web: running")
	if got := fetch(t, address); got != "one and more" {
		t.Errorf("they answer %q", got)
	}
	if log := p.stderr.String(); strings.Count(log, "nothing may be written at "+p.Dir) != 3 ||
		!strings.Contains(log, "the command line names /run/entry-point-templates"+p.Dir+"/nginx.conf instead") {
		t.Errorf("stderr:\n%s", log)
	}
	p.await(&p.stderr, "app: running")
	p.write("app.in", strings.Replace(p.read("app.in"), "one", "two", 1))
	p.kill(syscall.SIGHUP)
	p.await(&p.stderr, "app: reloaded")
	if got := fetch(t, address); got != "two and more" {
		t.Errorf("they answer %q", got)
	}
}

// TestTemplatesImpossible: a file that cannot be where it should be, and of which no
// program can be told, ends the start, and so do mistakes, all of them at once; -t tells
// the same, and what would be made.
func TestTemplatesImpossible(t *testing.T) {
	t.Parallel()
	p := prepare(t)
	p.write("a.in", "a")
	p.write("entry-point.conf", "[entrypoint]\ntemplate = a.in -> a\n[program:app]\ncommand = sleep 1000\n")
	p.Env = append(p.Env, "ENTRYPOINT_SETUP=off")
	p.inMounts("mount --bind " + p.Dir + " " + p.Dir + " && mount -o remount,bind,ro " + p.Dir + " && cd " + p.Dir)
	p.start().wantCode(78)
	if !strings.Contains(p.stderr.String(), "a.in: cannot write "+p.Dir+"/a: nothing may be written there, and no program is known") {
		t.Errorf("stderr:\n%s", p.stderr.String())
	}
	p = prepare(t)
	p.write("a.in", "${NONE:?give it}\n${PASSWORD")
	p.write("b.in", "${PATH:+x} ${host}")
	p.Env = append(p.Env, "ENTRYPOINT_SETUP=off", "PASSWORD=very-secret")
	p.write("entry-point.conf", "[entrypoint]\ntemplate = a.in -> a, none -> n\n[program:app]\ncommand = sleep 1000\n")
	p.start().wantCode(78)
	log := p.stderr.String()
	for _, want := range []string{"entry-point.conf:2: " + p.Dir + "/a.in: line 1: NONE: give it", `line 2: ${PASSWORD has no "}"`, "entry-point.conf:2: " + p.Dir + "/none: cannot read the template: no such file"} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is not told in\n%s", want, log)
		}
	}
	if strings.Contains(log, "very-secret") {
		t.Error("a value is told")
	}
	checked := prepare(t, "-t")
	checked.Dir, checked.Env = p.Dir, p.Env
	p.write("entry-point.conf", "[entrypoint]\ntemplate = b.in -> b 0640\n[program:app]\ncommand = sleep 1000\n")
	checked.start().wantCode(0)
	if want := "templates: would make " + p.Dir + "/b of " + p.Dir + "/b.in (0640, root), variables: PATH, not set and left as they are: host\n"; !strings.Contains(checked.stderr.String(), want) {
		t.Errorf("%q is not told in\n%s", want, checked.stderr.String())
	}
	if p.read("b") != "" {
		t.Error("-t has made a file")
	}
	checked = prepare(t, "-t")
	checked.Dir, checked.Env = p.Dir, p.Env
	p.write("b.in", "${UNSET:?}\n${UNSET:-}${UNSET:=x}")
	checked.start().wantCode(78)
	if log := checked.stderr.String(); !strings.Contains(log, "b.in: line 2: ${UNSET:=...} sets nothing here") || !strings.Contains(log, "is not good: 1 warning") {
		t.Errorf("a mistake is not told in\n%s", log)
	}
}
