//go:build !386 && !arm && !mips && !mipsle

package process

import "golang.org/x/sys/unix"

// programHeader is Elf64_Phdr (elf(5)).
type programHeader struct {
	Type, Flags                                uint32
	Offset, Vaddr, Paddr, Filesz, Memsz, Align uint64
}

// Numbers of system calls, with users and groups of 32 bits.
const (
	sysSetgroups = unix.SYS_SETGROUPS
	sysSetgid    = unix.SYS_SETGID
	sysSetuid    = unix.SYS_SETUID
	sysSetresuid = unix.SYS_SETRESUID
)
