//go:build amd64 || arm64

package threadless

import "unsafe"

// launches says whether process 1 is such an entry-point.
//
//go:nosplit
func launches() bool {
	name("/proc/1/task", 0, "")
	dir := call(sysOpenat, atFDCWD, uintptr(unsafe.Pointer(&path)), cloexec, 0, 0, 0)
	if dir < 0 {
		return false
	}
	found := false
	for !found {
		n := call(sysGetdents64, uintptr(dir), uintptr(unsafe.Pointer(&input)), unsafe.Sizeof(input), 0, 0, 0)
		if n <= 0 {
			break
		}
		for at := 0; at < n && !found; {
			entry := unsafe.Add(unsafe.Pointer(&input), at) // struct linux_dirent64 (getdents(2))
			at += int(*(*uint16)(unsafe.Add(entry, 16)))
			found = named(unsafe.Add(entry, 19))
		}
	}
	call(sysClose, uintptr(dir), 0, 0, 0, 0, 0)
	return found
}

// named says whether the thread of process 1 with this number has that name.
//
//go:nosplit
func named(thread unsafe.Pointer) bool {
	id := 0
	for ; *(*byte)(thread) >= '0' && *(*byte)(thread) <= '9'; thread = unsafe.Add(thread, 1) {
		id = id*10 + int(*(*byte)(thread)-'0')
	}
	if id == 0 {
		return false
	}
	name("/proc/1/task/", id, "/comm")
	fd := call(sysOpenat, atFDCWD, uintptr(unsafe.Pointer(&path)), cloexec, 0, 0, 0)
	if fd < 0 {
		return false
	}
	n := call(sysRead, uintptr(fd), uintptr(unsafe.Pointer(&output)), unsafe.Sizeof(output), 0, 0, 0)
	call(sysClose, uintptr(fd), 0, 0, 0, 0, 0)
	return n == len(Launches)+1 && begins(unsafe.Pointer(&output), Launches+"\n")
}
