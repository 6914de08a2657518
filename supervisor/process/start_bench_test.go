package process

import (
	"syscall"
	"testing"
	"time"
)

// BenchmarkStart starts one sleep after the other, as a mass start does.
func BenchmarkStart(b *testing.B) {
	b.Run("plain", func(b *testing.B) { benchmarkStart(b, Settings{}) })
	b.Run("staged", func(b *testing.B) { benchmarkStart(b, Settings{Nice: ptr(1)}) })
}

func benchmarkStart(b *testing.B, set Settings) {
	table := Open()
	pids := make([]int, 0, b.N)
	spec := &Spec{Argv: []string{"sleep", "1000"}, Settings: set}
	for b.Loop() {
		pid, err := table.Start(spec)
		if err != nil {
			b.Fatal(err)
		}
		pids = append(pids, pid)
	}
	for _, pid := range pids {
		_ = table.Signal(pid, syscall.SIGKILL)
	}
	for table.Reap(func(Exit) {}) {
		table.Wait(time.Time{})
	}
}

// BenchmarkMassEnd ends a thousand processes and takes their exits as the loop
// does, with a look at each one's process group; the start is not counted.
func BenchmarkMassEnd(b *testing.B) {
	const n = 1000
	table := Open()
	pids := make([]int, 0, n)
	for b.Loop() {
		b.StopTimer()
		pids = pids[:0]
		for range n {
			pid, err := table.Start(&Spec{Argv: []string{"sleep", "1000"}})
			if err != nil {
				b.Fatal(err)
			}
			pids = append(pids, pid)
		}
		b.StartTimer()
		for _, pid := range pids {
			_ = table.Signal(pid, syscall.SIGTERM)
		}
		ended, turns := 0, 0
		for ended < n {
			table.Wait(time.Time{})
			turns++
			table.Reap(func(e Exit) {
				ended++
				if table.GroupAlive(e.PID) {
					b.Error("a group is left")
				}
			})
		}
		b.ReportMetric(float64(turns), "turns")
	}
}
