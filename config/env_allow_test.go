package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestInherited: env_allow says which of our variables a program has; that of
// [program-default] holds where a program has none of its own.
func TestInherited(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.conf"), `[program-default]
env_allow = PATH, DB_*
environment = SHARED=1
[program:default]
command = x
[program:own]
command = x
env_allow = LANG
environment = DB_HOST=%(ENV_DB_HOST)s
[program:none]
command = x
env_allow =
[program:all]
command = x
env_allow = *
`)
	env := []string{"PATH=/bin", "DB_HOST=db", "DB_PASSWORD=x", "LANG=C", "XDB_HOST=x", "path=/x"}
	c, err := Load(&Options{File: "app.conf", Dir: dir, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Programs {
		want := map[string]string{
			"default": "PATH=/bin DB_HOST=db DB_PASSWORD=x | SHARED=1",
			"own":     "LANG=C | SHARED=1 DB_HOST=db",
			"none":    " | SHARED=1",
			"all":     strings.Join(env, " ") + " | SHARED=1",
		}[p.Name]
		if got := strings.Join(p.Inherited(env), " ") + " | " + strings.Join(p.Environment, " "); got != want {
			t.Errorf("%s: %q, want %q", p.Name, got, want)
		}
	}
	if p := c.Programs[0]; p.Inherited(nil) != nil {
		t.Error("variables from nowhere")
	}
	if !(&Program{}).Same(&Program{}) || (&Program{}).Same(&Program{EnvAllow: []string{}}) {
		t.Error("a program that inherits nothing is the same as one that inherits all")
	}
}
