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
