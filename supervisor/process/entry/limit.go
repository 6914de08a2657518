package entry

import (
	"runtime"
	"unsafe"
)

// Limit is struct rlimit64 (prlimit(2)).
type Limit struct{ Soft, Hard uint64 }

// noFile is written once, before any other package of the program is initialised.
var noFile = readNoFile()

// NoFile returns the limits of descriptors that we were started with; both are 0
// when the kernel would not tell.
func NoFile() Limit { return noFile }

func readNoFile() Limit {
	var l Limit
	number, resource := prlimitNumbers(runtime.GOARCH)
	if _, _, errno := rawSyscall6(number, 0, resource, 0, uintptr(unsafe.Pointer(&l)), 0, 0); errno != 0 {
		return Limit{}
	}
	return l
}

// prlimitNumbers returns the number of prlimit64(2), and that of RLIMIT_NOFILE.
// Package unix has them, too, but it is initialised after syscall.
func prlimitNumbers(arch string) (call, resource uintptr) {
	switch arch {
	case "amd64":
		return 302, 7
	case "386":
		return 340, 7
	case "arm":
		return 369, 7
	case "ppc64", "ppc64le":
		return 325, 7
	case "s390x":
		return 334, 7
	case "mips64", "mips64le":
		return 5297, 5
	case "mips", "mipsle":
		return 4338, 5
	}
	return 261, 7 // arm64, riscv64, loong64, and whatever Linux runs on next
}

// rawSyscall6 is the function of the standard library without its package, which would
// be initialised before us. It is there for x/sys as well, so that it stays.
//
//go:linkname rawSyscall6 syscall.RawSyscall6
//go:noescape
func rawSyscall6(number, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, errno uintptr)
