package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNginxListen: one address of nginx's listen directives, where it is sure.
func TestNginxListen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("site-b.conf", "server { server_name b; listen 8082; }")
	write("site-a.conf", "server { listen [::]:8081 ipv6only=on; listen 127.0.0.1:8081; }")
	write("params", "listen 9; # of no server")
	write("listens", "listen 8083 default_server reuseport;")
	for conf, want := range map[string]string{
		"events {} http { server { listen 80; } server { listen 81; } }":                                          "tcp:127.0.0.1:80",
		"http { server { listen *:8080; } }":                                                                      "tcp:127.0.0.1:8080",
		"http { server { listen localhost; } }":                                                                   "tcp:127.0.0.1:80",
		"http { server { listen 10.0.0.1:81; } }":                                                                 "tcp:10.0.0.1:81",
		"http { server { listen [::]:80; listen 80; } }":                                                          "tcp:127.0.0.1:80",
		"http { server { listen [::]:80; } }":                                                                     "tcp:[::1]:80",
		"http { server { listen [::1]; } }":                                                                       "tcp:[::1]:80",
		"http { server { listen unix:/run/n.sock; } }":                                                            "unix:/run/n.sock",
		"http { server { listen example.com:80; } }":                                                              "",
		"http { server { listen 8000-8010; } }":                                                                   "",
		"http { server { listen 443 quic reuseport; listen 443 ssl; } }":                                          "tcp:127.0.0.1:443",
		"http { server { listen 81 proxy_protocol; listen 82; } }":                                                "tcp:127.0.0.1:82",
		"http { server { listen 81 proxy_protocol; } }":                                                           "",
		"http { server { server_name a; } }":                                                                      "", // 80, or 8000 where it is not root
		"stream { server { listen 53 udp; listen 5432; proxy_pass db:5432; } }":                                   "tcp:127.0.0.1:5432",
		"stream { server { listen 10.0.0.1; } }":                                                                  "",
		"mail { server { listen 25; protocol smtp; } }":                                                           "tcp:127.0.0.1:25",
		"http { include site-*.conf; }":                                                                           "tcp:127.0.0.1:8081", // in the order of their names
		"http { include params; server { include listens; } }":                                                    "tcp:127.0.0.1:8083",
		"http { include gone.conf; server { listen 84; } }":                                                       "tcp:127.0.0.1:84",
		"http { init_by_lua_block { x = '}' } server { listen 85; } }":                                            "",
		"http { server { listen 86; location / { content_by_lua_block { } } } }":                                  "tcp:127.0.0.1:86",
		"http { map $a $b { default \"listen 1;\"; } server { location / { return 200 'listen'; } listen 87; } }": "tcp:127.0.0.1:87",
		"# http { server { listen 1; } }\nhttp { server { listen 88; } }":                                         "tcp:127.0.0.1:88",
		"http { } } server { listen 89; } }":                                                                      "",
	} {
		write("nginx.conf", conf)
		p := Of(Command{Argv: []string{"nginx", "-c", filepath.Join(dir, "nginx.conf")}, Dir: dir})
		if p == nil {
			t.Fatal("not recognised")
		}
		if got := strings.TrimPrefix(p.Network+":"+p.Address, ":"); got != want {
			t.Errorf("%s: %q, want %q", conf, got, want)
		}
	}
	write("nginx.conf", "http { server { listen 80; } }")
	if p := Of(Command{Argv: []string{"nginx", "-c", filepath.Join(dir, "nginx.conf")}, Dir: dir, Activated: true}); p.Network != "" {
		t.Errorf("with a socket of ours: %s:%s", p.Network, p.Address)
	}
}
