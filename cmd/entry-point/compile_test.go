package main_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"entrypoint/supervisor/skip"
)

// compiled has the programs that compile has built. Who built one a second time would
// write to a file that is executed.
var compiled struct {
	sync.Mutex
	files map[string]string
}

// compile builds a static program from its source in C, once for each name, beside the
// binary under test, where nobody may execute it, too.
func compile(t *testing.T, name, source string) (file string) {
	t.Helper()
	_, err := exec.LookPath("gcc")
	skip.Unless(t, err == nil, "gcc")
	compiled.Lock()
	defer compiled.Unlock()
	if file = compiled.files[name]; file != "" {
		return file
	}
	file = filepath.Join(filepath.Dir(binary), name)
	build := exec.Command("gcc", "-static", "-O1", "-w", "-o", file, "-x", "c", "-", "-lpthread")
	build.Stdin = strings.NewReader(source)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if compiled.files == nil {
		compiled.files = map[string]string{}
	}
	compiled.files[name] = file
	return file
}
