package waitfor

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"entrypoint/config"
)

const patience = 30 * time.Second

func parsed(t *testing.T, text string) Target {
	t.Helper()
	x, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestSchemes: what the configuration takes is what is known here.
func TestSchemes(t *testing.T) {
	known := slices.Collect(maps.Keys(schemes))
	known = append(known, slices.Collect(maps.Keys(aliases))...)
	slices.Sort(known)
	taken := strings.Fields(config.WaitSchemes)
	slices.Sort(taken)
	if !slices.Equal(taken, known) {
		t.Errorf("the configuration takes %q, known are %q", taken, known)
	}
}

// TestConfigurationKnows: what cannot be waited for is refused when the configuration
// is read, without package net/url, and nothing else is.
func TestConfigurationKnows(t *testing.T) {
	for _, text := range []string{
		"postgres://u:p@db/app?sslmode=require", "postgresql+psycopg2://u:p@db:77/app", "postgresql:///app?host=/run/pg", "redis://:p@cache/1",
		"amqp://u:p@[::1]//", "amqp://u:p@[::1]:5672//", "https://web/health?token=%zz", "http://web#x", "tcp://db:1", "unix:///run/a", "unix:/run/a", "dns:db", "file:x", "mysql://a%40b@db",
		"redis://u:@h", "http://h:", "http://h/%41",
		"tcp://db", "tcp://:1", "tcp:db:1", "tcp:", "postgres://", "postgres://u:se%cret@db", "postgres://u:se/cret@db", "postgres://u:p@db:x", "unix:a.sock", "unix:", "dns:", "file:",
		"http:///health", "http://h/%4", "http://[::1", "http://[::1]x", "redis://h:port",
	} {
		_, wrong := Parse(text)
		_, err := config.Load(&config.Options{Dir: t.TempDir(), RequireFile: false, Env: []string{"ENTRYPOINT_WAIT_FOR=" + text}})
		refused := err != nil && strings.Contains(err.Error(), "ENTRYPOINT_WAIT_FOR: cannot wait for ")
		if refused != (wrong != nil) {
			t.Errorf("%s: at the start %v, before it %v", text, wrong, err)
		}
	}
}

// TestParse: what is waited for, and where; no password is ever shown.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u:secret@db/app?sslmode=require": "postgres://db/app tcp db:5432 true",
		"postgresql+psycopg2://u:secret@db:77/app":   "postgres://db:77/app tcp db:77 false",
		"postgresql:///app?host=/run/pg":             "postgres:///run/pg/.s.PGSQL.5432 unix /run/pg/.s.PGSQL.5432 false",
		"mysql+pymysql://u:secret@db/app":            "mysql://db/app tcp db:3306 false",
		"mariadb://db":                               "mysql://db tcp db:3306 false",
		"redis://:secret@cache/1":                    "redis://cache/1 tcp cache:6379 false",
		"rediss://cache:1":                           "rediss://cache:1 tcp cache:1 true",
		"amqp://u:secret@[::1]//":                    "amqp://[::1]/ tcp [::1]:5672 false",
		"https://u:secret@web/health?token=secret":   "https://web/health tcp web:443 true",
		"tcp://db:1":                                 "tcp://db:1 tcp db:1 false",
		"unix:///run/a.sock":                         "unix:///run/a.sock unix /run/a.sock false",
		"unix:/run/a.sock":                           "unix:///run/a.sock unix /run/a.sock false",
		"dns:db":                                     "dns:db  db false",
		"file:/data/ready":                           "file:/data/ready  /data/ready false",
	} {
		x := parsed(t, text)
		if got := fmt.Sprint(x.Name, " ", x.network, " ", x.address, " ", x.tls); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"":                          `cannot wait for "": it is none of ` + forms,
		"sqlite:///x.db":            `cannot wait for "sqlite:///x.db": it is none of ` + forms,
		"mongodb://u:secret@db":     `cannot wait for "mongodb://...@db": it is none of ` + forms,
		"postgres://u:se%cret@db":   `cannot wait for "postgres://...@db": it is no URL`,
		"postgres://u:se/cret@db:x": `cannot wait for`,
		"postgres://":               "cannot wait for postgres://: the host is missing",
		"tcp://db":                  "cannot wait for tcp://db: the port is missing",
		"unix:a.sock":               "cannot wait for unix://a.sock: the path of a socket begins with /",
		"dns:":                      "cannot wait for dns: a name is missing behind it",
	} {
		_, err := Parse(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "cret") && !strings.Contains(text, "se/cret") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"postgres://u:SECRET@db/app?sslmode=x", "redis://:SECRET@c", "dns:x", "unix:/x", "http://u:SECRET@[::1]:x/", "a://SECRET@b", "file:"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if x, err := Parse(text); err == nil {
			_ = x.Name
		}
	})
}

// FuzzAnswers: whatever a server says, the readers end and take no memory.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte("R\x00\x00\x00\x08\x00\x00\x00\x05"))
	f.Add([]byte("E\x00\x00\x00\x10C57P03\x00Mno\x00\x00"))
	f.Add([]byte("\x03\x00\x00\x00\xff\x10\x04"))
	f.Add([]byte("+PONG\r\n"))
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x08\x00\x0a\x00\x0a"))
	f.Fuzz(func(_ *testing.T, answer []byte) {
		_ = postgresAnswer(strings.NewReader(string(answer)))
		_ = mysql(strings.NewReader(string(answer)))
		_ = redis(&fixed{answer})
		_ = amqp(&fixed{answer})
	})
}

// fixed answers the same to everything.
type fixed struct{ answer []byte }

func (f *fixed) Write(b []byte) (int, error) { return len(b), nil }
func (f *fixed) Read(b []byte) (int, error) {
	n := copy(b, f.answer)
	if f.answer = f.answer[n:]; n == 0 {
		return 0, fmt.Errorf("end")
	}
	return n, nil
}

// answering is a server that says one thing to whoever comes; "": nothing.
func answering(t *testing.T, text string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if text == "close" {
				c.Close()
				continue
			}
			_, _ = c.Write([]byte(text))
			t.Cleanup(func() { c.Close() })
		}
	}()
	return l.Addr().String()
}

// postgresError is an ErrorResponse.
func postgresError(code, text string) string {
	body := "SFATAL\x00C" + code + "\x00M" + text + "\x00\x00"
	return "E" + string([]byte{0, 0, 0, byte(4 + len(body))}) + body
}

// TestAnswers: what counts as an answer, and in which words it does not.
func TestAnswers(t *testing.T) {
	for _, c := range []struct{ scheme, said, want string }{
		{"postgres", "R\x00\x00\x00\x0c\x00\x00\x00\x05salt", ""},
		{"postgres", postgresError("28000", "no pg_hba.conf entry"), ""},
		{"postgres", postgresError("57P03", "the database system is starting up"), "the database system is starting up"},
		{"postgres", postgresError("53300", "sorry, too many clients already"), "sorry, too many clients already"},
		{"postgres", "HTTP/1.1 400 Bad Request\r\n", "who answers there does not speak PostgreSQL's protocol"},
		{"mysql", "\x06\x00\x00\x00\x0a8.0.1", ""},
		{"mysql", "\x08\x00\x00\x00\xff\x6a\x04wrong", ""},
		{"mysql", "\x12\x00\x00\x00\xff\x10\x04Too many connec", "Too many connec"},
		{"mysql", "SSH-2.0-OpenSSH\r\n", "who answers there does not speak MySQL's protocol"},
		{"redis", "+PONG\r\n", ""},
		{"redis", "-NOAUTH Authentication required.\r\n", ""},
		{"redis", "-LOADING Redis is loading the dataset in memory\r\n", "LOADING Redis is loading the dataset in memory"},
		{"redis", "HTTP/1.1 400 Bad Request\r\n", "who answers there does not speak the protocol of Redis"},
		{"amqp", "\x01\x00\x00\x00\x00\x01\xf0\x00\x0a\x00\x0a\x00\x09", ""},
		{"amqp", "AMQP\x00\x01\x00\x00", "it speaks another version of AMQP than 0-9-1"},
		{"amqp", "220 mail.example ESMTP\r\n", "who answers there does not speak AMQP"},
		{"postgres", "close", "the connection was closed without an answer"},
		{"redis", "close", "the connection was closed without an answer"},
		{"tcp", "", ""},
	} {
		x := parsed(t, c.scheme+"://"+answering(t, c.said))
		err := x.Check(t.Context())
		// What is sent to one that has closed may meet a reset before the end.
		if got := fmt.Sprint(err); (err != nil || c.want != "") && got != c.want && !(c.said == "close" && strings.Contains(got, "reset")) {
			t.Errorf("%s, said %.20q: %v, want %q", c.scheme, c.said, err, c.want)
		}
	}
}

// TestSilence: a port that is open and says nothing is no server.
func TestSilence(t *testing.T) {
	for _, scheme := range []string{"postgres", "mysql", "redis", "amqp", "http", "https", "rediss"} {
		x := parsed(t, scheme+"://"+answering(t, ""))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := x.Check(ctx); err == nil {
			t.Errorf("%s: silence is an answer", scheme)
		}
		cancel()
	}
}

// TestOthers: web servers, names, files, sockets, and nobody.
func TestOthers(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "there")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "":
			w.WriteHeader(http.StatusInternalServerError)
		case r.URL.Path == "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/elsewhere":
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}
	})
	web, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	defer web.Close()
	defer secure.Close()
	address := strings.TrimPrefix(web.URL, "http://")
	for target, want := range map[string]string{
		"file:" + file:                             "",
		"file:" + dir + "/none":                    "it does not exist",
		"unix:" + dir + "/s":                       "",
		"unix:" + dir + "/none":                    "no such file or directory",
		"dns:localhost":                            "",
		"http://u:secret@" + address + "/":         "",
		"http://" + address + "/elsewhere":         "",
		"http://" + address + "/down":              "it answers 503 Service Unavailable",
		"tcp://127.0.0.1:1":                        "connection refused",
		"postgres://127.0.0.1:1":                   "connection refused",
		"http://127.0.0.1:1":                       "connection refused",
		secure.URL:                                 "certificate",
		"rediss://" + secure.URL[len("https://"):]: "who answers there does not speak the protocol of Redis",
	} {
		x := parsed(t, target)
		err := x.Check(t.Context())
		if got := fmt.Sprint(err); (err != nil || want != "") && !strings.Contains(got, want) || (err == nil) != (want == "") {
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
}

// TestWait: all at the same time, each line when its reason changes, and one word
// for all that do not answer in time.
func TestWait(t *testing.T) {
	dir := t.TempDir()
	var lines []string
	var mu sync.Mutex
	log := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
		if strings.Contains(line, "/later") {
			_ = os.WriteFile(dir+"/later", nil, 0o600)
		}
	}
	targets := []Target{parsed(t, "file:"+dir+"/later"), parsed(t, "unix:"+dir), parsed(t, "redis://:secret@127.0.0.1:1")}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // less than it takes until it says all again
	defer cancel()
	err := Wait(ctx, targets, log)
	want := "unix://" + dir + ": connection refused; redis://127.0.0.1:1: connection refused"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if len(lines) != 4 || !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "file:"+dir+"/later answers after ") }) {
		t.Errorf("lines: %q", lines)
	}
	if err := Wait(t.Context(), targets[:1], log); err != nil || len(lines) != 4 {
		t.Errorf("what answers at once: %v, %q", err, lines)
	}
}
