package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// addFiles seeds a fuzz test with the files of config's testdata.
func addFiles(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob("../testdata/" + pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, ": ", err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
}

// FuzzNginxConf: the scanner comes to an end, on lines that there are.
func FuzzNginxConf(f *testing.F) {
	addFiles(f, "nginx/*.conf")
	f.Fuzz(func(t *testing.T, conf string) {
		lines := strings.Count(conf, "\n") + 1
		mainContext("/nonexistent", "nginx.conf", conf, nginxInclude, func(d nginxDirective) {
			if len(d.words) == 0 || d.line < 1 || d.line > lines {
				t.Fatalf("%+v of %d lines", d, lines)
			}
		})
	})
}

// FuzzUWSGI: any file is read in each of the formats, on lines that there are, and
// a probe has an address that there can be.
func FuzzUWSGI(f *testing.F) {
	addFiles(f, "uwsgi/*.ini")
	f.Add("uwsgi:\n  master: true\n  socket:\n    - /a # b\n    - 'b'\n")
	f.Add("<uwsgi id=\"a\">\n<master/><!-- <a> --><socket>/a&amp;b</socket>\n<x y='z'>1</x></uwsgi>")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		for n := range 3 {
			u := &uwsgiOptions{dir: "/nonexistent"}
			file := uwsgiFile{u: u, name: "/nonexistent/app", wanted: "uwsgi"}
			[]func(string){file.ini, file.yaml, file.xml}[n](text)
			if u.daemonize.line > lines {
				t.Fatalf("line %d of %d", u.daemonize.line, lines)
			}
			if network, address := u.probe(); network == "unix" && !filepath.IsAbs(address) {
				t.Fatal(address)
			}
		}
	})
}

// FuzzOf: any command line and any file end in a profile, or in none.
func FuzzOf(f *testing.F) {
	for _, seed := range []string{
		"env A=1 python3 -m gunicorn -c FILE", "puma -C FILE", "unicorn -c FILE", "haproxy -W -f FILE", "apache2 -f FILE",
		"php-fpm -y FILE", "sh -c|exec gosu app uwsgi --ini $A|", "bundle exec sidekiq", "nginx -c FILE", "uwsgi --yaml FILE.yml", "tini -- node -r x y",
	} {
		f.Add(seed, "bind 'tcp://:80'\nlisten = 90\nListen 80\nfrontend x\n bind :80", "")
	}
	f.Add("rails s", "", "puma")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, command, text, name string) {
		if err := os.WriteFile(filepath.Join(dir, "file"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var argv []string
		for n, part := range strings.Split(command, "|") {
			if n%2 == 1 {
				argv = append(argv, part)
				continue
			}
			argv = append(argv, strings.Fields(strings.ReplaceAll(part, "FILE", "file"))...)
		}
		if len(argv) == 0 || strings.Contains(command, "/") || strings.Contains(text, "nclude") {
			return // other files than ours
		}
		p := Of(Command{Argv: argv, Dir: dir, Name: name})
		if p == nil {
			return
		}
		if len(p.Argv) < len(argv) || len(p.Stop) == 0 || p.Network == "unix" && !filepath.IsAbs(p.Address) || !Known(p.Name) {
			t.Fatalf("%q: %+v", argv, p)
		}
		for _, f := range p.Findings {
			if f.Reason == "" && f.Unread == nil {
				t.Fatalf("%q: %+v", argv, f)
			}
		}
	})
}
