package notice

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestLastWords: Kubernetes finds why a container has not ended well, and nothing of one
// that has.
func TestLastWords(t *testing.T) {
	path := t.TempDir() + "/termination-log"
	if err := os.WriteFile(path, nil, 0o644); err != nil { // Kubernetes makes it
		t.Fatal(err)
	}
	t.Setenv("ENTRYPOINT_TERMINATION_LOG", path)
	l := &LastWords{Fail: func(line string) { t.Error(line) }}
	for _, f := range []Fact{Ended{Requested: true}, Remark{Text: "ready"}} {
		l.Take(&Notice{Time: now, Fact: f})
		if got, err := os.ReadFile(path); len(got) > 0 || err != nil {
			t.Errorf("%+v: %q was left (%v)", f, got, err)
		}
	}
	for _, c := range []struct {
		fact Ended
		want string
	}{
		{Ended{Code: 3, Why: "exit code 3: no"}, "front:web: exit code 3: no\n"},
		{Ended{Requested: true, Killed: true, Code: 137, Took: "9s", Budget: 9 * time.Second}, "stopped, but not every program within its time: exit code 137 after 9s of 9s\n"},
	} {
		l.Take(&Notice{Time: now, Program: "front:web", Fact: c.fact})
		if got, err := os.ReadFile(path); string(got) != c.want {
			t.Errorf("%q (%v), want %q", got, err, c.want)
		}
	}
	t.Setenv("ENTRYPOINT_TERMINATION_LOG", path+"/below")
	failed := ""
	l.Fail = func(line string) { failed = line }
	if l.Take(&Notice{Program: "web", Fact: Ended{Code: 3, Why: "no"}}); !strings.HasPrefix(failed, "cannot write the termination log for Kubernetes: "+path) {
		t.Errorf("said %q", failed)
	}
}
