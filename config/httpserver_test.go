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

// TestReader: a second login, and what is wrong with one, which no message shows.
func TestReader(t *testing.T) {
	const sha = "{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d"
	const head, login = "[program:a]\ncommand=a\n[inet_http_server]\nport=127.0.0.1:1\n", "username=u\npassword=p\n"
	for reader, want := range map[string]string{
		"r:secret": "r secret", "r:a:b": "r a:b", "r:" + sha: "r " + sha, "r:%%": "r %",
	} {
		for _, section := range []string{"[inet_http_server]\nport=127.0.0.1:1\n", "[unix_http_server]\nfile=/s\n"} {
			c := mustLoad(t, "[program:a]\ncommand=a\n"+section+login+"reader = "+reader+"\n")
			if s := c.Container.Servers[0]; s.Reader+" "+s.ReaderPassword != want || s.Username != "u" {
				t.Errorf("%s: %+v", reader, s)
			}
		}
	}
	const where = "app.conf:7: [inet_http_server] reader: "
	for reader, want := range map[string]string{
		"secret":       where + "is not USER:PASSWORD",
		":secret":      where + "is not USER:PASSWORD",
		"r:":           where + "is not USER:PASSWORD",
		"":             where + "is not USER:PASSWORD",
		"r:{sha}a1":    where + "has something else than 40 hexadecimal digits after {SHA}: the SHA-1 of the password (printf %s PASSWORD | sha1sum)",
		"u:secret":     "app.conf:3: [inet_http_server]: reader needs another name than the one of username and password",
		"r:" + sha[:9]: where + "has something else than 40 hexadecimal digits after {SHA}: the SHA-1 of the password (printf %s PASSWORD | sha1sum)",
	} {
		_, _, err := loadText(t, head+login+"reader="+reader+"\n")
		wantErrors(t, err, want)
	}
	_, _, err := loadText(t, head+"reader=r:secret\n")
	wantErrors(t, err, "app.conf:3: [inet_http_server]: reader needs username and password: without that, everybody may do everything")

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Procfile"), []byte("web: run\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const name = "environment variable ENTRYPOINT_HTTP: "
	for _, tt := range []struct{ login, reader, want string }{
		{"u:p", "r:q", "r q"},
		{"u:p", "", " "},
		{"u:p", "r", name + "ENTRYPOINT_HTTP_READER is not USER:PASSWORD"},
		{"u:p", "u:q", name + "ENTRYPOINT_HTTP_READER needs another name than the one of ENTRYPOINT_HTTP_LOGIN"},
		{"", "r:q", name + "ENTRYPOINT_HTTP_READER needs ENTRYPOINT_HTTP_LOGIN: without that, everybody may do everything"},
	} {
		c, err := Load(&Options{Dir: dir, Env: []string{"ENTRYPOINT_HTTP=127.0.0.1:1", "ENTRYPOINT_HTTP_LOGIN=" + tt.login, "ENTRYPOINT_HTTP_READER=" + tt.reader}})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = c.Container.Servers[0].Reader + " " + c.Container.Servers[0].ReaderPassword
		}
		if got != tt.want {
			t.Errorf("%q %q: got  %s\nwant %s", tt.login, tt.reader, got, tt.want)
		}
	}
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
		{"127.0.0.1:9001", "", "[{tcp 127.0.0.1:9001 0 <nil>    }] http://127.0.0.1:9001 0s"},
		{"9001", "u:p:q", "[{tcp :9001 0 <nil> u p:q  }] http://localhost:9001 0s"},
		{"unix:/run/http.sock", "u:{SHA}ab", "[{unix /run/http.sock 448 <nil> u {SHA}ab  }] unix:///run/http.sock 0s"},
		{"unix:///run/http.sock", "", "[{unix /run/http.sock 448 <nil>    }] unix:///run/http.sock 0s"},
		{"unix:run", "", name + `"unix:run" is not unix:/PATH`},
		{"web", "", name + `"web" is not HOST:PORT with a port from 1 to 65535`},
		{"1", "u", name + "ENTRYPOINT_HTTP_LOGIN is not USER:PASSWORD"},
		{"1", "u:", name + "ENTRYPOINT_HTTP_LOGIN is not USER:PASSWORD"},
		{"1", "", name + ":1 can be reached from other machines, and without username and password everybody there would control the programs; " +
			"set ENTRYPOINT_HTTP_LOGIN=USER:PASSWORD, or listen on 127.0.0.1:1"},
	} {
		c, err := Load(&Options{Dir: dir, Env: []string{"ENTRYPOINT_HTTP=" + tt.http, "ENTRYPOINT_HTTP_LOGIN=" + tt.login}})
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
	c, err := Load(&Options{Dir: dir, Env: []string{"ENTRYPOINT_HTTP_IDLE=1500ms"}})
	if err != nil || c.Container.HTTPIdle != 1500*time.Millisecond {
		t.Errorf("idle: %v", err)
	}
}
