package setting

import (
	"testing"

	"entrypoint/supervisor/control"
)

// TestMasked: a secret is not in it, and the rest is.
func TestMasked(t *testing.T) {
	for value, want := range map[string]string{
		"gunicorn -b :8000 app:app":                      "gunicorn -b :8000 app:app",
		"app --password hush --port 80":                  "app --password *** --port 80",
		"app --db-password=hush x":                       "app --db-password=*** x",
		`app -e "API_KEY=hush" x`:                        `app -e "API_KEY=***" x`,
		"app --token 'a b' x":                            "app --token *** x",
		"worker postgres://u:hush@db/x":                  "worker postgres://u:***@db/x",
		"app --password %(ENV_DB_PASSWORD)s --port 80":   "app --password %(ENV_DB_PASSWORD)s --port 80",
		"app --password %(ENV_DB_PASSWORD:-hush)s x":     "app --password *** x",
		"curl -H 'Authorization: hush' http://x/health":  "curl -H 'Authorization: ***' http://x/health",
		"curl -H 'Authorization: Bearer hush' http://x/": "curl -H 'Authorization: Bearer ***' http://x/",
		"curl -s -u admin:hush http://x/":                "curl -s -u admin:*** http://x/",
		"mysqladmin -h db -phush ping":                   "mysqladmin -h db -p*** ping",
		"mysqladmin -P 3306 -p ping":                     "mysqladmin -P 3306 -p ping",
		"redis-cli -h r -a hush ping":                    "redis-cli -h r -a *** ping",
		"sshpass -p hush ssh -p 22 x":                    "sshpass *** *** ssh -p 22 x",
		"git clone https://ghp_0123456789abcdefgh@h/x":   "git clone https://***@h/x",
		"worker postgres://me@db/x -p 5432 -u 33:33":     "worker postgres://me@db/x -p 5432 -u 33:33",
		"http://localhost/auth/login":                    "http://localhost/auth/login",
	} {
		if got := Masked("command", value); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
	probe := control.Probe{Probe: "exec:curl -H 'Authorization: Bearer hush' http://x"}
	if MaskProbes([]*control.Probe{&probe}); probe.Probe != "exec:curl -H 'Authorization: Bearer ***' http://x" {
		t.Errorf("a probe: %s", probe.Probe)
	}
	if got := Masked("http_password", "hush"); got != "***" {
		t.Errorf("a key: %s", got)
	}
}

// TestParse: where each key stands, and what holds for those that stand nowhere.
func TestParse(t *testing.T) {
	list, defaults := Parse([]string{
		"/etc/a: b.conf:12: [program:web] command = app --token=hush\nmore = x", "/etc/a.conf:3: [program-default] environment = ", "what",
	})
	if len(list) != 2 || list[0] != (Setting{"command", "app --token=***\nmore = x", "program:web", "/etc/a: b.conf", "12"}) || list[1].Value != "" {
		t.Errorf("%+v", list)
	}
	got := map[string]string{}
	for _, d := range defaults {
		if d.Help == "" {
			t.Errorf("no help for %s", d.Key)
		}
		got[d.Key] = d.Value
	}
	if got["priority"] != "999" || got["user"] == "" {
		t.Errorf("defaults: %v", got)
	}
	for _, name := range []string{"command", "environment", "result_handler", "killwaitsecs"} {
		if _, is := got[name]; is {
			t.Errorf("%s is a default", name)
		}
	}
}
