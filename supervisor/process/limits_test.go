package process

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/process/entry"
)

// TestSetLimits: a plain child and a staged one get the same, whatever the
// runtime has made of our own limits.
func TestSetLimits(t *testing.T) {
	needRoot(t)
	const open = "change: the soft limit of open files is now "
	tests := []struct {
		soft, hard, args string
		change           string
		child            string
	}{
		{"1024", "9000", "0 0", "", "1024 9000"},
		{"1024", "9000", "1024 200", "", "1024 9000"},
		{"9000", "9000", "1024 200", "", "9000 9000"},
		{"8999", "9000", "1024 200", "", "8999 9000"},
		{"300", "9000", "1024 200", open + "9000, it was 300", "9000 9000"},
		{"1024", "9000", "8000 200", open + "9000, it was 1024", "9000 9000"},
	}
	for _, tt := range tests {
		got := act(t, "limits", "exec prlimit --nofile="+tt.soft+":"+tt.hard, 0, strings.Fields(tt.args)...)
		lines := strings.Split(strings.TrimSpace(got), "\n")
		change := ""
		if strings.HasPrefix(lines[0], "change: ") {
			change, lines = lines[0], lines[1:]
		}
		plain, set := strings.Join(lines[:2], " "), strings.Join(lines[3:5], " ")
		if change != tt.change || plain != tt.child || set != tt.child {
			t.Errorf("%s:%s with %s: %q, plain child %q, with settings %q; want %q, %q",
				tt.soft, tt.hard, tt.args, change, plain, set, tt.change, tt.child)
		}
	}
}

// TestWantedNoFile: what few kernels let a test set.
func TestWantedNoFile(t *testing.T) {
	limit := func(soft, hard uint64) entry.Limit { return entry.Limit{Soft: soft, Hard: hard} }
	const huge = 1 << 30
	for _, tt := range []struct {
		inherited entry.Limit
		least     uint64
		want      entry.Limit
	}{
		{limit(1<<20, 1<<20), 1024, limit(1<<20, 1<<20)},
		{limit(1<<20+1, huge), 1024, limit(65536, huge)},
		{limit(huge, huge), 0, limit(65536, huge)},
		{limit(huge, huge), 70000, limit(70000, huge)},
		{limit(unix.RLIM_INFINITY, unix.RLIM_INFINITY), 1024, limit(65536, unix.RLIM_INFINITY)},
		{limit(1024, huge), 1025, limit(65536, huge)},
		{limit(1024, huge), 100000, limit(100000, huge)},
		{limit(1024, 4096), 100000, limit(100000, 100000)},
		{limit(1024, 4096), 2000, limit(4096, 4096)},
		{limit(0, 0), 1024, limit(0, 0)}, // not known
	} {
		if got := wantedNoFile(tt.inherited, tt.least); got != tt.want {
			t.Errorf("%v, at least %d: %v, want %v", tt.inherited, tt.least, got, tt.want)
		}
	}
}

func TestSetLimitsProcs(t *testing.T) {
	needRoot(t)
	got := act(t, "limits", "exec prlimit --nproc=150:1000", 0, "0", "200")
	if want := "change: increased RLIMIT_NPROC limit to 200\n"; !strings.HasPrefix(got, want) || strings.Count(got, "Max processes 200 1000 processes \n") != 2 {
		t.Errorf("got %q", got)
	}
}

// TestSetLimitsRefused: what cannot be had is named, and nothing changes.
func TestSetLimitsRefused(t *testing.T) {
	needRoot(t)
	got := act(t, "limits", "exec prlimit --nofile=1000:2000 setpriv --bounding-set -all --inh-caps -all", 0, "3000", "0")
	const want = "error: cannot raise RLIMIT_NOFILE to minfds = 3000: operation not permitted (the hard limit is 2000; give the container a higher one with docker run --ulimit, or lower minfds)\n1000\n2000\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
