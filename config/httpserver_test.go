package config

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestOpenServer: what other machines reach has a password.
func TestOpenServer(t *testing.T) {
	const why = " can be reached from other machines, and without username and password everybody there would control the programs; "
	for address, open := range map[string]bool{
		"127.0.0.1:1": false, "127.255.0.9:1": false, "localhost:1": false, "LOCALHOST:1": false, "[::1]:1": false, "[::ffff:127.0.0.1]:1": false,
		"1": true, ":1": true, "*:1": true, "0.0.0.0:1": true, "10.0.0.1:1": true, "[::]:1": true, "[::ffff:10.0.0.1]:1": true, "[1::1]:1": true, "web:1": true,
	} {
		_, _, err := loadText(t, "[program:a]\ncommand=a\n[inet_http_server]\nport="+address)
		if open {
			listen, _ := parseListen(address)
			wantErrors(t, err, "app.conf:3: [inet_http_server]: "+listen+why+"set username and password, or listen on 127.0.0.1 only (port = 127.0.0.1:1)")
		} else if err != nil {
			t.Errorf("%s: %v", address, err)
		}
		mustLoad(t, "[program:a]\ncommand=a\n[inet_http_server]\nport="+address+"\nusername=u\npassword={SHA}0\n")
	}
	_, _, err := loadText(t, "[program:a]\ncommand=a\n[inet_http_server]\nport=:1\nusername=u\npassword=\n")
	wantErrors(t, err, "app.conf:3: [inet_http_server]: :1"+why+"set username and password, or listen on 127.0.0.1 only (port = 127.0.0.1:1)")
}

// TestServerFromEnvironment: a server without a configuration file.
func TestServerFromEnvironment(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Procfile"), []byte("web: run\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const name = "environment variable ENTRYPOINT_HTTP: "
	for _, tt := range []struct{ http, login, want string }{
		{"", "u:p", "[]  0s"},
		{"127.0.0.1:9001", "", "[{tcp 127.0.0.1:9001 0 <nil>  }] http://127.0.0.1:9001 0s"},
		{"9001", "u:p:q", "[{tcp :9001 0 <nil> u p:q}] http://localhost:9001 0s"},
		{"unix:/run/http.sock", "u:{SHA}ab", "[{unix /run/http.sock 448 <nil> u {SHA}ab}] unix:///run/http.sock 0s"},
		{"unix:///run/http.sock", "", "[{unix /run/http.sock 448 <nil>  }] unix:///run/http.sock 0s"},
		{"unix:run", "", name + `"unix:run" is not unix:/PATH`},
		{"web", "", name + `"web" is not HOST:PORT with a port from 1 to 65535`},
		{"1", "u", name + "ENTRYPOINT_HTTP_LOGIN is not USER:PASSWORD"},
		{"1", "u:", name + "ENTRYPOINT_HTTP_LOGIN is not USER:PASSWORD"},
		{"1", "", name + ":1 can be reached from other machines, and without username and password everybody there would control the programs; " +
			"set ENTRYPOINT_HTTP_LOGIN=USER:PASSWORD, or listen on 127.0.0.1:1"},
	} {
		c, err := Load(Options{Dir: dir, Env: []string{"ENTRYPOINT_HTTP=" + tt.http, "ENTRYPOINT_HTTP_LOGIN=" + tt.login}})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(c.Container.Servers, " ", c.Container.ServerURL, " ", c.Container.HTTPIdle)
		}
		if got != tt.want {
			t.Errorf("%q %q: got  %s\nwant %s", tt.http, tt.login, got, tt.want)
		}
	}
	c, err := Load(Options{Dir: dir, Env: []string{"ENTRYPOINT_HTTP_IDLE=1500ms"}})
	if err != nil || c.Container.HTTPIdle != 1500*time.Millisecond {
		t.Errorf("idle: %v", err)
	}
}
