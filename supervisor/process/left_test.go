package process

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHeads: of a group whose main process has ended, those are found whose parent is
// gone, and not their children.
func TestHeads(t *testing.T) {
	table := Open()
	needSubreaper(t)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	const text = `sh -c 'echo $$; sh -c "echo \$\$; exec sleep 1000"; :' & sleep 0.2; exit 3`
	group, err := table.Start(&Spec{Argv: []string{"sh", "-c", text}, Stdout: in})
	if err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	lines := bufio.NewReader(out)
	head, _ := lines.ReadString('\n')
	below, _ := lines.ReadString('\n')
	if exit := ended(table, group); exit.PID != group || Code(exit.Status) != 3 {
		t.Fatalf("%+v", exit)
	}
	defer func() { _ = syscall.Kill(-group, syscall.SIGKILL) }()
	if got := table.Heads()[group]; len(got) != 1 || strconv.Itoa(got[0]) != strings.TrimSpace(head) || below == "" {
		t.Errorf("%v, want %s and not %s", got, head, below)
	}
	if got := family()[os.Getpid()]; !slices.Contains(got, table.Heads()[group][0]) {
		t.Errorf("by their parents: %v", got)
	}
}

// TestSweepTellsHeads: what is left gets SIGTERM when its parent has ended, and not
// before: a master is left to end its workers.
func TestSweepTellsHeads(t *testing.T) {
	table := Open()
	needSubreaper(t)
	dir := t.TempDir()
	const text = `cd "$0"; setsid sh -c '
trap "sleep 0.2; echo first >>log; kill \$worker; wait; echo master >>log; exit" TERM
sh -c "trap \"echo told >>log; exit\" TERM; echo up >up; while :; do sleep 0.02; done" &
worker=$!; wait' & until [ -e up ]; do sleep 0.02; done; exit 3`
	group, err := table.Start(&Spec{Argv: []string{"sh", "-c", text, dir}})
	if err != nil {
		t.Fatal(err)
	}
	if exit := ended(table, group); Code(exit.Status) != 3 {
		t.Fatalf("%+v", exit)
	}
	if swept := table.Sweep(0, time.Now().Add(20*time.Second), func(Exit) {}); swept != SweptWell {
		t.Errorf("swept: %v", swept)
	}
	if log, _ := os.ReadFile(dir + "/log"); string(log) != "first\ntold\nmaster\n" {
		t.Errorf("%s", log)
	}
}
