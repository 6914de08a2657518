// Goreap is a comparator of the benchmarks: a Go program that is PID 1, reaps
// with hashicorp/go-reap, and runs its children with os/exec, as go-reap's
// documentation has it, without the lock, which would keep a second child from
// starting until the first has ended. It counts the exit statuses that exec's
// Wait does not get, because the reaper got them first, and reports the number
// on descriptor 3.
//
//	goreap ORPHANS COUNT CHILD CHILDREN SPACING
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	reap "github.com/hashicorp/go-reap"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "goreap:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 5 {
		return fmt.Errorf("5 arguments wanted: ORPHANS COUNT CHILD CHILDREN SPACING")
	}
	children, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	spacing, err := strconv.Atoi(args[4])
	if err != nil {
		return err
	}
	syscall.CloseOnExec(3) // the children's own reports are not asked for here
	go reap.ReapChildren(nil, nil, nil, nil)
	if err := exec.Command(args[0], args[1]).Start(); err != nil {
		return err
	}
	var lost atomic.Uint64
	var all sync.WaitGroup
	for i := range children {
		code := 1 + i%250
		cmd := exec.Command(args[2], "exit", strconv.Itoa(code), strconv.Itoa(i*spacing))
		if err := cmd.Start(); err != nil {
			return err
		}
		all.Go(func() {
			_ = cmd.Wait() // an error is expected: the code is not 0
			if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
				lost.Add(1)
			}
		})
	}
	all.Wait()
	number := lost.Load()
	_, err = syscall.Write(3, (*[8]byte)(unsafe.Pointer(&number))[:])
	return err
}
