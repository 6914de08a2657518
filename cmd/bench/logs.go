package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	printTimeout = 5 * time.Minute
	// logSettle is how long after the last write the last line may arrive.
	logSettle = 20 * time.Second
)

// printer is a program that prints lines, which an init passes on.
type printer struct {
	*rig
	count   int     // of lines
	block   int     // bytes of a write
	reports reports // before the first write, after the last
}

// newPrinter prints about size bytes in blocks of 64 kB.
func (r *rig) newPrinter(size int) (*printer, error) {
	f, err := r.fifo()
	return &printer{rig: r, count: max(1, size/lineSize), block: 1 << 16, reports: f}, err
}

// size is how many bytes it prints.
func (w *printer) size() int { return w.count * lineSize }

func (w *printer) command() []string {
	return []string{w.helper("lines"), strconv.Itoa(w.count), w.reports.Name(), strconv.Itoa(w.block)}
}

// program is the printer as the one program of a supervisor.
func (w *printer) program(keys, logger string) []program {
	command := strings.Join(w.command(), " ")
	return []program{{name: "lines", command: command, keys: once + "stderr_logfile = NONE\n" + keys, logger: logger}}
}

// passage is what one run of a contestant showed.
type passage struct {
	took float64 // nanoseconds from the first write to the arrival of the last line
	cpu  float64 // nanoseconds of CPU that PID 1 has used meanwhile
	lost float64 // bytes
}

// rate is how many bytes have arrived in a second.
func (w *printer) rate(p passage) float64 { return (float64(w.size()) - p.lost) / p.took * 1e9 }

// pass runs c to the end of its passage. arrived returns when the last line was
// there, or 0 when it is overdue: then the init is told to end, so that it may
// still hand out what it holds back, and that is the end of the passage.
func (w *printer) pass(c *contestant, stdout *os.File, arrived func() (uint64, error)) (passage, error) {
	w.reports.pending()
	dir, err := w.emptyDir()
	if err != nil {
		return passage{}, err
	}
	p, err := w.spawnTo(stdout, dir, c.argv...)
	if err != nil {
		return passage{}, err
	}
	defer p.kill()
	begin, err := w.reports.next(reportTimeout)
	if err != nil {
		return passage{}, fmt.Errorf("it has not started its program: %w; it said: %s", err, p.said())
	}
	before, err := cpuTime(p.pid())
	if err != nil {
		return passage{}, err
	}
	if _, err := w.reports.next(printTimeout); err != nil {
		return passage{}, fmt.Errorf("its program cannot print: %w; it said: %s", err, p.said())
	}
	at, err := arrived()
	if err != nil {
		return passage{}, err
	}
	after, err := cpuTime(p.pid())
	if err == nil && at == 0 {
		if err = p.stop(syscall.SIGTERM); err == nil {
			at, err = monotonic()
		}
	}
	return passage{took: float64(at - begin), cpu: after - before}, err
}
