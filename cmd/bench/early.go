package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// earlyTime is how long after the execve of an init its signal comes, at most.
const earlyTime = 4 * time.Millisecond

// keptTime is how long an init may need to pass an early signal on.
const keptTime = time.Second

// benchEarly sends PID 1 a signal in the first milliseconds after its execve, and counts
// those that its command never gets, as no fraction of a second may be one in which
// docker stop does nothing. Until its first instruction the kernel drops a signal for
// PID 1: no init can do anything about that.
func benchEarly(r *rig) ([]row, error) {
	ours := newContestant("ours", "", r.bin, r.helper("child"), "hold")
	peers := r.inits(r.helper("child"), "hold")
	all := append([]*contestant{ours}, peers...)
	signals := []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}
	tries := 4 * r.runs
	dropped, ended := map[*contestant]float64{}, map[*contestant]float64{}
	for try := range tries {
		delay := earlyTime * time.Duration(try) / time.Duration(tries)
		for _, c := range all {
			if c.missing != "" {
				continue
			}
			what, err := r.early(c, signals[try%len(signals)], delay)
			if err != nil {
				return nil, err
			}
			switch what {
			case earlyDropped:
				dropped[c]++
			case earlyEnded:
				ended[c]++
			}
		}
	}
	of := fmt.Sprintf(", of %d in the first %v", tries, earlyTime)
	lost := metric{"signals lost" + of, pieces, sample{dropped[ours]}}
	other := metric{"signals by which PID 1 is killed" + of, pieces, sample{ended[ours]}}
	rows := []row{other.below(0)}
	for _, c := range peers {
		rows = append(rows, lost.inform(c, results{c: {dropped[c]}}))
	}
	return rows, nil
}

// What may become of an early signal.
const (
	earlyKept = iota
	earlyDropped
	earlyEnded
)

// early starts an init that gets a signal, and sees what becomes of it.
func (r *rig) early(c *contestant, sig syscall.Signal, delay time.Duration) (what int, err error) {
	file, err := exec.LookPath(c.argv[0])
	if err != nil {
		return 0, err
	}
	dir, err := r.emptyDir()
	if err != nil {
		return 0, err
	}
	argv := []string{r.helper("early"), strconv.Itoa(int(sig)), strconv.Itoa(int(delay)), file}
	p, err := r.spawn(dir, append(argv, c.argv[1:]...)...)
	if err != nil {
		return 0, err
	}
	late := time.AfterFunc(keptTime, func() { _ = p.cmd.Process.Kill() })
	p.wait()
	if !late.Stop() {
		return earlyDropped, nil
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 128+int(sig) {
		return earlyEnded, nil
	}
	return earlyKept, nil
}
