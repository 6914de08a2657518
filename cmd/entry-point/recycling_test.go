package main_test

import (
	"strings"
	"syscall"
	"testing"
)

// TestMaxMemory: a program that has grown is replaced, with its children counted.
func TestMaxMemory(t *testing.T) {
	t.Parallel() // it is looked at every 10 seconds
	p := controlled(t, `
[program:grown]
command = sh -c "/usr/bin/python3 -c 'import time; x = bytearray(64 << 20); time.sleep(1000)' & wait"
max_memory = 48MB
startsecs = 0
[program:small]
command = sleep 1000
max_memory = 48MB
startsecs = 0
`)
	p.withProc()
	p.start()
	p.await(&p.stderr, "MiB, more than max_memory (48 MiB): replacing it")
	p.awaitTimes(&p.stderr, "grown: started as process", 2)
	if n := p.count("small: started as process"); n != 1 {
		t.Errorf("small was started %d times", n)
	}
	p.kill(syscall.SIGTERM)
	p.wantCode(0)
}

// count is how often a text is in the log so far.
func (p *initProcess) count(text string) int { return strings.Count(p.stderr.String(), text) }
