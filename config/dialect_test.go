package config

import "testing"

// TestRestartLimitByDialect: without a word of the file a program that crashes again
// and again is given up, but where the file is supervisord's.
func TestRestartLimitByDialect(t *testing.T) {
	const program, supervisord = "[program:a]\ncommand=a\n", "[supervisord]\nnodaemon=true\n"
	ours := RestartLimit{10, 300e9}
	for _, c := range []struct {
		name, text string
		required   bool // under the name supervisord
		want       RestartLimit
	}{
		{"entry-point.conf", program, false, ours},
		{"/etc/entry-point.conf", supervisord + program, false, ours},
		{"entry-point.conf", supervisord + program, true, RestartLimit{}},
		{"app.conf", program, false, ours},
		{"app.conf", supervisord + program, false, RestartLimit{}},
		{"app.conf", supervisord + "[entrypoint]\nrestart_limit = 2/1m\n" + program, false, RestartLimit{2, 60e9}},
		{"app.conf", program + "restart_limit = off\n", false, RestartLimit{}},
		{"app.conf", "[program-default]\nrestart_limit = 3/1m\n" + program, false, RestartLimit{3, 60e9}},
		{BuiltIn, program, false, ours},
	} {
		l, err := newLoader(&Options{Env: []string{}, Dir: t.TempDir(), RequireFile: c.required})
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := l.load(c.name, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.Programs[0].RestartLimit; got != c.want {
			t.Errorf("%s, %q: %v, want %v", c.name, c.text, got, c.want)
		}
	}
	l, err := newLoader(&Options{Env: []string{}, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if cfg, err := l.procfile("Procfile", []byte("web: app\n")); err != nil || cfg.Programs[0].RestartLimit != ours {
		t.Errorf("Procfile: %+v, %v", cfg, err)
	}
}
