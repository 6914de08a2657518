package browser

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is an entry-point with its page.
type server struct {
	t    *testing.T
	url  string
	said *os.File // what is written here web prints
}

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "page")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", dir+"/", "./cmd/entry-point", "./cmd/entry-point-gateway")
	build.Dir = "../../../.."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return dir, &exec.Error{Name: string(text), Err: err}
	}
	return dir, os.Chmod(dir, 0o755) // the gateway runs as nobody
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := built(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func serve(t *testing.T) *server {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	fifo := filepath.Join(dir, "said")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { said.Close() })
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	file := filepath.Join(dir, "supervisord.conf")
	text := "[supervisord]\nidentifier = shop\n[inet_http_server]\nport = " + address + `
[program:web]
command = sh -c "trap : USR1; printf 'started \033[31m<i>red</i>\033[0m\n'; while :; do if read -r line; then echo $line; fi; done <` + fifo + `"
startsecs = 0
[program:later]
command = sleep 1000
autostart = no
startsecs = 0
[program:bad]
command = sh -c "exit 3"
startretries = 0
critical = no
`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p := exec.Command(bin+"/entry-point", "-c", file)
	p.Dir = dir
	p.Env = append(os.Environ(), "ENTRYPOINT_SOCKET="+dir+"/control.sock")
	var log bytes.Buffer
	p.Stdout, p.Stderr = &log, &log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGTERM)
		_ = p.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	s := &server{t: t, url: "http://" + address, said: said}
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return s
		}
		if time.Since(begin) > patience {
			t.Fatal("entry-point does not listen")
		}
	}
}

// pid is that of a program now.
func (s *server) pid(name string) int {
	s.t.Helper()
	client := http.Client{Timeout: patience}
	res, err := client.Get(s.url + "/v1/programs/" + name)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	p := struct{ PID int }{}
	if err := json.Unmarshal(text, &p); err != nil {
		s.t.Fatalf("%v in %s", err, text)
	}
	return p.PID
}

// print lets web print a line.
func (s *server) print(line string) {
	s.t.Helper()
	if _, err := s.said.WriteString(line + "\n"); err != nil {
		s.t.Fatal(err)
	}
}
