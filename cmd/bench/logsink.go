package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
)

// sink reads a container's standard output to its end: as fast as can be
// (helper/drain.c), or looking at each line. It reports when all lines were there,
// or the end if that comes first; at the end the number of bytes and of lines,
// and if it has looked at them that of right lines.
type sink struct {
	reports
	looks bool
}

// sink begins to read wanted lines from in.
func (w *printer) sink(in *os.File, wanted int, look bool) (*sink, error) {
	pipe, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if look {
		go w.look(in, out)
		return &sink{reports{pipe}, look}, nil
	}
	defer in.Close()
	defer out.Close()
	drain := exec.Command(w.helper("drain"), strconv.Itoa(wanted))
	drain.Stdin = in
	drain.ExtraFiles = []*os.File{out}
	if err := drain.Start(); err != nil {
		pipe.Close()
		return nil, err
	}
	go func() { _ = drain.Wait() }()
	return &sink{reports{pipe}, look}, nil
}

// look is the sink that looks at each line.
func (w *printer) look(in, out *os.File) {
	defer in.Close()
	defer out.Close()
	complete := false
	arrived := func() {
		complete = true
		now, _ := monotonic()
		report(out, now)
	}
	s, err := inOrder(in, w.count, arrived)
	if err != nil {
		return // who waits for the reports learns it
	}
	if !complete {
		arrived()
	}
	for _, n := range []int{s.bytes, s.lines, max(0, s.right)} {
		report(out, uint64(n))
	}
}

// arrived returns when the last line had come; 0 when it is overdue.
func (s *sink) arrived() (uint64, error) {
	at, err := s.next(logSettle)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, nil
	}
	return at, err
}

// seen returns what came, when the end of the input is there.
func (s *sink) seen() (got seen, err error) {
	numbers := []*int{&got.bytes, &got.lines}
	if s.looks {
		numbers = append(numbers, &got.right)
	}
	for _, number := range numbers {
		n, err := s.next(reportTimeout)
		if err != nil {
			return got, err
		}
		*number = int(n)
	}
	return got, nil
}
