// Package realserver runs entry-point with its gateway, for the tests of both that
// are modules of their own.
package realserver

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"entrypoint/config/address/unused"
)

// Patience is how long a test waits for what must happen.
const Patience = 30 * time.Second

// bin is where the binaries are. Main writes it, before there is a test.
var bin string

// Main is a TestMain: it builds the binaries, runs the tests and returns the exit
// code.
func Main(m *testing.M) int {
	var err error
	if bin, err = os.MkdirTemp("", "entry-point"); err == nil {
		defer os.RemoveAll(bin)
		err = build()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build() error {
	_, file, _, _ := runtime.Caller(0)
	c := exec.Command(filepath.Join(filepath.Dir(file), "../../../.ci/build"), bin)
	if text, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build: %w\n%s", err, text)
	}
	return os.Chmod(bin, 0o755) // the gateway runs as nobody
}

// Start runs entry-point, until the end of the test, with a configuration that gets
// an [inet_http_server], and returns the URL of that when it listens.
func Start(t testing.TB, configuration string) (url string) {
	t.Helper()
	dir, address := t.TempDir(), unused.TCP(t, "127.0.0.1")
	file := filepath.Join(dir, "supervisord.conf")
	text := "[inet_http_server]\nport = " + address + "\n" + configuration
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
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return "http://" + address
		}
		if time.Since(begin) > Patience {
			t.Fatal("entry-point does not listen")
		}
	}
}
