package config

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"entrypoint/supervisor/skip"
)

// TestMain lets more tests of real servers run at once than there are processors: they wait
// for them, half of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	if !fuzzing() {
		if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	m.Run()
}

func fuzzing() bool { return flag.Lookup("test.fuzz").Value.String() != "" }

// testEnv is the environment of the tests' configurations.
func testEnv() []string {
	return []string{
		"HOME=/root", "PORT=8000", "EMPTY=", "SPACE=a b", "QUOTE=it's", "PERCENT=50%", "COMMA=a,b", "SEMI=a ;b",
		"PATH=" + os.Getenv("PATH"),
	}
}

// loadText loads text as the file app.conf of a directory of its own.
func loadText(t *testing.T, text string) (*Config, string, error) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.conf"), text)
	c, err := Load(&Options{File: "app.conf", Dir: dir, Env: testEnv()})
	return c, dir, err
}

// mustLoad is loadText of a file that must be good.
func mustLoad(t *testing.T, text string) *Config {
	t.Helper()
	c, _, err := loadText(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// program is the only program of a file that must be good.
func program(t *testing.T, keys string) *Program {
	t.Helper()
	c := mustLoad(t, "[program:web]\n"+keys)
	if len(c.Programs) != 1 {
		t.Fatalf("%d programs", len(c.Programs))
	}
	return c.Programs[0]
}

// wantErrors compares all the lines of an error.
func wantErrors(t *testing.T, err error, want ...string) {
	t.Helper()
	if list := Errors(nil); !errors.As(err, &list) || len(list) != len(want) {
		t.Errorf("got the error %T\n%v\nwant Errors of %d", err, err, len(want))
	}
	got := "<nil>"
	if err != nil {
		got = err.Error()
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("got  %s\nwant %s", got, strings.Join(want, "\n     "))
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// need finds a program that the test cannot do without.
func need(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		missing(t, name+": "+err.Error())
	}
}

// missing skips a test, but not where nothing may be skipped.
func missing(t *testing.T, what string) {
	t.Helper()
	skip.Unless(t, false, what)
}
