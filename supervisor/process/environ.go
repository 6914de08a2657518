package process

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"unsafe"
)

// EraseVariable overwrites a variable in the memory that the kernel has passed our
// environment in. The kernel shows that memory as /proc/PID/environ, whatever the
// process has made of its environment since (proc_pid_environ(5)). Where there is no
// /proc to find it by, there is none to read it in.
//
// It is for the start of the process: the variable keeps its value for us.
func EraseVariable(name string) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return
	}
	// The name of the command, in parentheses, may have any character in it.
	text := string(stat)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	const first, envStart, envEnd = 3, 50, 51 // fields of proc_pid_stat(5)
	if len(fields) <= envEnd-first {
		return
	}
	begin, _ := strconv.ParseUint(fields[envStart-first], 10, 64)
	end, _ := strconv.ParseUint(fields[envEnd-first], 10, 64)
	if begin == 0 || end <= begin { // a kernel that does not tell
		return
	}
	block := unsafe.Slice((*byte)(pointer(uintptr(begin))), end-begin)
	for len(block) > 0 {
		entry, rest, _ := bytes.Cut(block, []byte{0})
		if bytes.HasPrefix(entry, []byte(name+"=")) {
			clear(entry)
		}
		block = rest
	}
}
