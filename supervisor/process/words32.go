//go:build 386 || arm

package process

import "golang.org/x/sys/unix"

// programHeader is Elf32_Phdr (elf(5)).
type programHeader struct {
	Type, Offset, Vaddr, Paddr, Filesz, Memsz, Flags, Align uint32
}

// Numbers of system calls, with users and groups of 32 bits: without the number in their
// names they take 16 there.
const (
	sysSetgroups = unix.SYS_SETGROUPS32
	sysSetgid    = unix.SYS_SETGID32
	sysSetuid    = unix.SYS_SETUID32
	sysSetresuid = unix.SYS_SETRESUID32
)
