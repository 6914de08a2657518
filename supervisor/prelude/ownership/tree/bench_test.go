package tree

import (
	"os/exec"
	"strconv"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

// BenchmarkRight walks 100,000 entries that all belong to the owner, and says how long that
// takes beside find DIR ! -user.
func BenchmarkRight(b *testing.B) {
	skip.UnlessRoot(b, "to give files away")
	dir := b.TempDir()
	if out, err := exec.Command("sh", "-c", `cd "$0" && for d in $(seq 1000); do mkdir $d; (cd $d && touch $(seq 100)); done && chown -R `+strconv.Itoa(uid)+` .`, dir).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	var ours, theirs time.Duration
	for b.Loop() {
		begin := time.Now()
		Give(order(dir), nil, &Report{})
		ours += time.Since(begin)
		begin = time.Now()
		if out, err := exec.Command("find", dir, "!", "-user", strconv.Itoa(uid)).CombinedOutput(); err != nil || len(out) > 0 {
			b.Fatalf("%v\n%s", err, out)
		}
		theirs += time.Since(begin)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "of-find")
}
