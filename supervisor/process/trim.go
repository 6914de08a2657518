package process

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Trim gives back the memory of the program text that only the start needed.
// The kernel maps a binary in large pieces around each page that is touched, so
// after its start a Go program holds nearly all of its own file; an idle init
// touches a fraction of it ever again. Dropping the mapping of read-only file
// pages loses nothing (madvise(2), MADV_DONTNEED): they come back from the page
// cache one by one when they are needed.
func Trim() {
	for _, segment := range readOnlySegments() {
		_ = unix.Madvise(segment, unix.MADV_DONTNEED)
	}
}

// readOnlySegments finds our own loaded segments that are never written,
// through the auxiliary vector: /proc may not be mounted.
func readOnlySegments() (segments [][]byte) {
	const (
		atPhdr, atPhnum   = 3, 5 // getauxval(3)
		loaded, writable  = 1, 2 // PT_LOAD, PF_W
		page              = 4096
		smallestWorthTime = 64 * page
	)
	vector, err := unix.Auxv()
	if err != nil {
		return nil
	}
	var table, count uintptr
	for _, entry := range vector {
		switch entry[0] {
		case atPhdr:
			table = entry[1]
		case atPhnum:
			count = entry[1]
		}
	}
	if table == 0 {
		return nil
	}
	headers := unsafe.Slice((*programHeader)(pointer(table)), count)
	for _, h := range headers {
		if h.Type == loaded && h.Flags&writable == 0 && h.Memsz >= smallestWorthTime {
			start := uintptr(h.Vaddr) &^ (page - 1)
			segments = append(segments, unsafe.Slice((*byte)(pointer(start)), uintptr(h.Memsz)))
		}
	}
	return segments
}

// pointer makes an address that the kernel gave us a pointer; it is not in the
// Go heap, so the garbage collector has no part in it.
func pointer(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}
