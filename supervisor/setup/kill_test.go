package setup

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/eventually"
)

// TestKilledAtAnyMoment kills everything in the container with SIGKILL, at
// random moments of the first start, again and again. The start after that must
// end with everything installed and nothing half done.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute: not with -short")
	}
	start := time.Now()
	application(t, "").ready(nil)
	whole := time.Since(start)
	const kills, series = 55, 5
	for n := range series {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			killAgainAndAgain(t, kills/series, whole)
		})
	}
}

// killAgainAndAgain starts containers, and kills them so often in all; a whole start takes
// about so long.
func killAgainAndAgain(t *testing.T, kills int, whole time.Duration) {
	const perContainer = 5
	killed, containers, repaired := 0, 0, 0
	marked := map[string]int{}
	for killed < kills {
		b := application(t, "")
		containers++
		out, code := "", -1
		for n := 0; code == -1; n++ {
			r := b.start(func(s *boxSpec) { s.Impatient = true })
			var kill <-chan time.Time
			if n < perContainer {
				// What is left to do becomes less with each start.
				kill = time.After(time.Duration(rand.Int64N(int64(whole) / int64(min(n+1, 2)))))
			}
			select {
			case <-kill:
				_ = r.cmd.Process.Kill()
			case <-r.ended:
				if kill != nil {
					whole = whole * 4 / 5 // it was quicker than the first one
				}
			}
			out, code = r.text(), r.wait()
			if code == -1 {
				killed++
				marked[b.marked()]++
				lines := strings.Split(strings.TrimSpace(out), "\n")
				t.Logf("killed: %s", lines[len(lines)-1])
			}
		}
		if code != 0 || strings.Contains(out, "trying again") {
			t.Fatalf("the start after the kills: exit code %d:\n%s", code, out)
		}
		if strings.Contains(out, "repairing") {
			repaired++
		}
		b.sound()
		b.ready(func(s *boxSpec) { s.NoProcess = true })
		b.discard()
	}
	t.Logf("%d kills in %d containers, the last start of %d repaired dpkg; steps marked when killed: %v", killed, containers, repaired, marked)
}

// marked says which steps the marker names.
func (b *box) marked() string {
	r := readRecord(b.Spec.Binds["/app"])
	if r.note != "" {
		b.t.Fatalf("a kill has left a marker that cannot be read: %s", r.note)
	}
	var names []string
	for _, name := range stepNames() {
		if r.steps[name] != nil {
			names = append(names, name)
		}
	}
	return fmt.Sprint(names)
}

// discard removes the container's files before the test is over.
func (b *box) discard() {
	_ = os.RemoveAll(b.Spec.Upper)
	// overlayfs leaves a directory without permissions.
	_ = exec.Command("rm", "-rf", b.Spec.Work).Run()
}

// Killed while pip replaces one version with another.
func TestKilledDuringAnUpgrade(t *testing.T) {
	t.Parallel()
	b := application(t, "")
	b.ready(nil)
	start := time.Now()
	b.write("/app/requirements.txt", "ep_demo == 2.0")
	b.ready(nil)
	whole := time.Since(start)
	killed := 0
	for n := range 8 {
		want := []string{"1.0", "2.0"}[n%2]
		b.write("/app/requirements.txt", "ep_demo == "+want)
		r := b.start(nil)
		select {
		case <-time.After(whole/4 + time.Duration(rand.Int64N(int64(whole)*3/4))):
			_ = r.cmd.Process.Kill()
		case <-r.ended:
		}
		if r.wait() == -1 {
			killed++
		}
		out := b.ready(nil)
		if strings.Contains(out, "trying again") {
			t.Errorf("had to try again:\n%s", out)
		}
		if got := b.sh(`python3 -c 'import ep_demo, ep_needed; print(ep_demo.version)'; pip3 check -q; find /usr/local/lib -name '~*'`); got != want {
			t.Errorf("ep_demo is %q, want %q:\n%s", got, want, out)
		}
	}
	t.Logf("%d of 8 starts killed", killed)
}

// TestKilledBeforeItsCommands: pip is killed when a package has been unpacked, with a RECORD
// and METADATA, and has no commands yet. For pip that package is installed; it has to be
// installed again all the same. So it is when pip alone was killed.
func TestKilledBeforeItsCommands(t *testing.T) {
	t.Parallel()
	for _, kill := range []string{"container", "pip"} {
		t.Run(kill, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, "", "python3-pip")
			b.useArchives()
			b.write("/app/requirements.txt", "ep_slow")
			r := b.start(nil)
			eventually.So(t, "an unpacked package", func() bool {
				found, _ := filepath.Glob(b.Spec.Upper + "/usr/local/lib/python3*/dist-packages/ep_slow-1.0.dist-info/RECORD")
				return len(found) > 0
			}, r.text)
			if kill == "pip" {
				must(t, syscall.Kill(pipOf(t, r.cmd.Process.Pid), syscall.SIGKILL))
			} else {
				must(t, r.cmd.Process.Kill())
			}
			if code := r.wait(); kill == "pip" != (code == 0) {
				t.Errorf("exit code %d:\n%s", code, r.text())
			}
			out := b.ready(nil)
			if got := b.sh("ep-slow; pip3 check"); got != "slow\nNo broken requirements found." {
				t.Errorf("%s:\n%s%s", got, r.text(), out)
			}
		})
	}
}

// pipOf returns the pip that a process has started.
func pipOf(t *testing.T, parent int) (pid int) {
	t.Helper()
	threads, err := filepath.Glob("/proc/" + strconv.Itoa(parent) + "/task/*/children") // each has its own
	must(t, err)
	var text []byte
	for _, file := range threads {
		children, _ := os.ReadFile(file)
		text = append(text, children...)
	}
	for _, child := range strings.Fields(string(text)) {
		words, _ := os.ReadFile("/proc/" + child + "/cmdline")
		if strings.Contains(string(words), "pip3\x00install") {
			pid, _ = strconv.Atoi(child)
		}
	}
	if pid == 0 {
		t.Fatalf("no pip among %s", text)
	}
	return pid
}
