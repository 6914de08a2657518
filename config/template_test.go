package config

import (
	"strings"
	"testing"

	"entrypoint/config/profile"
)

func TestParseTemplate(t *testing.T) {
	for in, want := range map[string]Template{
		"a -> /b":                       {Source: "a", Target: "/b", Mode: TemplateMode},
		"/with blanks/a->b":             {Source: "/with blanks/a", Target: "b", Mode: TemplateMode},
		"a -> /b 0640":                  {Source: "a", Target: "/b", Mode: 0o640},
		"a -> /b 600 root":              {Source: "a", Target: "/b", Mode: 0o600, Owner: "root"},
		"a -> /b app:www":               {Source: "a", Target: "/b", Mode: TemplateMode, Owner: "app:www"},
		"a -> /b 1000:1000":             {Source: "a", Target: "/b", Mode: TemplateMode, Owner: "1000:1000"},
		"a\t->\t/b\t0444\t1000:1000":    {Source: "a", Target: "/b", Mode: 0o444, Owner: "1000:1000"},
		"/etc/..data/a -> /etc/..b/x.y": {Source: "/etc/..data/a", Target: "/etc/..b/x.y", Mode: TemplateMode},
	} {
		if got, err := parseTemplate(in); err != nil || got != want {
			t.Errorf("%q: %+v (%v)", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"a": `a path or "->" is missing`, "-> b": "a path or", "a ->": "a path or", "a -> b 0640 c d": "too many words",
		"a -> /b/../c": `the target has ".."`, "a -> ..": `the target has ".."`, "a -> /b/": "the target is a directory",
		"a -> b 1777": `"1777" is no mode`, "a -> b 0888": `"0888" is no mode`, "a -> b 33": `"33" is no mode`, "a -> b app 0640": `"app" is no mode`,
	} {
		if got, err := parseTemplate(in); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "write SOURCE -> TARGET") {
			t.Errorf("%q: %+v (%v), want %q", in, got, err, want)
		}
	}
}

// TestTemplateKey: a line or a comma for each file; where it stands is known; a file that
// will be made is not missed.
func TestTemplateKey(t *testing.T) {
	dir := t.TempDir()
	load := func(text string, env ...string) *Config {
		t.Helper()
		l, err := newLoader(&Options{Env: append([]string{"A=/srv"}, env...), Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.load("x.conf", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := load("[entrypoint]\ntemplate = a.in -> uwsgi.ini ; the first one\n  %(ENV_A)s/b.in -> /etc//b 0600, c -> /c\n\n[program:web]\ncommand = uwsgi --ini uwsgi.ini\n")
	want := []Template{
		{dir + "/a.in", dir + "/uwsgi.ini", TemplateMode, "", "x.conf:2"},
		{"/srv/b.in", "/etc/b", 0o600, "", "x.conf:2"},
		{dir + "/c", "/c", TemplateMode, "", "x.conf:2"},
	}
	got := c.Container.Prelude.Templates
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%+v", got)
	}
	for _, text := range append(c.Warnings, c.Notes...) {
		if strings.Contains(text, "uwsgi.ini") {
			t.Error(text)
		}
	}
	c = load("[entrypoint]\ntemplate = a -> b\n[program:x]\ncommand = sleep 1\n", "ENTRYPOINT_TEMPLATE=c -> d\ne -> f")
	if got := c.Container.Prelude.Templates; len(got) != 2 || got[1] != (Template{dir + "/e", dir + "/f", TemplateMode, "", "environment variable ENTRYPOINT_TEMPLATE"}) {
		t.Errorf("%+v", got)
	}
}

// TestMoved: commands and checks name the other path, and the profile reads it.
func TestMoved(t *testing.T) {
	dir := t.TempDir()
	l, err := newLoader(&Options{Dir: dir, Env: []string{}, Moved: []profile.Moved{{From: dir + "/nginx.conf", To: "/run/t/nginx.conf"}, {From: "/etc/app.toml", To: "/run/t/app.toml"}}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.load("x.conf", []byte("[program:nginx]\ncommand = nginx -c "+dir+"/nginx.conf -g 'daemon off;'\n[program:app]\ncommand = app --config=/etc/app.toml\nreload_check = app --check /etc/app.toml\nprofile = none\n"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range c.Programs {
		lines = append(lines, strings.Join(p.Command, " ")+" | "+strings.Join(p.ReloadCheck, " "))
	}
	want := "app --config=/run/t/app.toml | app --check /run/t/app.toml\nnginx -c /run/t/nginx.conf -g daemon off; | nginx -t -c /run/t/nginx.conf -g daemon off;"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
