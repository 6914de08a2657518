//go:build amd64 || arm64

package threadless

import "unsafe"

// run is called by package entry, with the stack as the kernel has made it.
//
//lint:ignore U1000 so vet knows what is declared in assembly
func run()

// call makes a system call. It returns the result, or minus the error's number.
//
//go:noescape
func call(number, a1, a2, a3, a4, a5, a6 uintptr) int

// Errors (errno(3)).
const (
	eINTR  = -4
	eAGAIN = -11
)

// Arguments of system calls, the same on every architecture.
const (
	atFDCWD      = ^uintptr(99)
	afUnix       = 1
	sockStream   = 1
	cloexec      = 0o2000000
	solSocket    = 1
	soPasscred   = 16
	soPeercred   = 17
	soRcvtimeo   = 20
	soSndtimeo   = 21
	scmCreds     = 2
	msgNosignal  = 0x4000
	pollOut      = 4
	clone        = 17 // SIGCHLD: a fork
	waitAnyChild = ^uintptr(0)
)

// Exit codes of ctl (cmd/entry-point/ctl).
const codeNoServer = 4

// patience is how long a server may take to take a connection, and for health to
// answer, in seconds.
const patience = 5

// noRoom is what who can have no thread is told where nobody answers either.
const noRoom = "entry-point ctl: cannot run here: the limit of processes is used up (docker run --pids-limit), and no entry-point of this container answers at its control socket\n"

// Everything that would be on a stack elsewhere: there is one thread.
var (
	request [64 << 10]byte
	input   [8 << 10]byte
	output  [6 << 10]byte
	path    [128]byte
	link    [64]byte
	link2   [64]byte
	address struct {
		family uint16
		path   [108]byte
	}
	message msghdr
	part    iovec
	creds   control
	peer    ucred
	size    uint32
	time    [2]uint64 // struct timeval
	wait    struct {
		fd      int32
		events  int16
		revents int16
	}
	pipe [2]int32
)

// Addresses are numbers here: to store a pointer the compiler calls the garbage collector.

type iovec struct {
	base uintptr
	size uintptr
}

type msghdr struct {
	name     uintptr
	nameSize uintptr // a uint32 and padding, little-endian
	parts    uintptr
	count    uintptr
	control  uintptr
	space    uintptr
	flags    uintptr
}

type ucred struct {
	pid      int32
	uid, gid uint32
}

// control is struct cmsghdr with one ucred.
type control struct {
	size        uintptr
	level, kind int32
	from        ucred
	_           uint32
}

// client carries out ctl and ends the process, or returns where that is for the
// runtime to do. stack is argc, argv, NULL, the environment, NULL.
//
//lint:ignore U1000 call_*.s calls it
//go:nosplit
func client(stack unsafe.Pointer) {
	argc := *(*int)(stack)
	argv := unsafe.Add(stack, 8)
	if argc < 2 || !is(word(argv, 1), "ctl") || calledSupervisord(word(argv, 0)) {
		return
	}
	health := argc == 3 && is(word(argv, 2), "health") || argc == 4 && is(word(argv, 2), "health") && is(word(argv, 3), "--json")
	if !health && (room() || namesSocket(argv, argc)) {
		return
	}
	asked := variable(unsafe.Add(argv, 8*(argc+1)), "ENTRYPOINT_SOCKET=")
	switch {
	case asked == nil:
		for at := literal(Places + "\x00\x00"); *(*byte)(at) != 0; at = unsafe.Add(at, length(at)+1) {
			ask(at, argv, argc, health)
		}
	case *(*byte)(asked) == '/':
		ask(asked, argv, argc, health)
	}
	if health && launches() {
		text := literal(Healthy)
		n := len(Healthy)
		if argc == 4 {
			text, n = literal(HealthyJSON), len(HealthyJSON)
		}
		print(1, text, n)
		exit(0)
	}
	if health && room() {
		return
	}
	print(2, literal(noRoom), len(noRoom))
	exit(codeNoServer)
}

// word is argv[i].
//
//go:nosplit
func word(argv unsafe.Pointer, i int) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(argv, 8*i))
}

// literal is the address of a constant's first byte.
//
//go:nosplit
func literal(text string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(text)) }

// length is strlen(3).
//
//go:nosplit
func length(text unsafe.Pointer) (n int) {
	for *(*byte)(unsafe.Add(text, n)) != 0 {
		n++
	}
	return n
}

// begins says whether a text that NUL ends begins with a constant.
//
//go:nosplit
func begins(text unsafe.Pointer, with string) bool {
	for i := range len(with) {
		if *(*byte)(unsafe.Add(text, i)) != with[i] {
			return false // at the latest at its NUL
		}
	}
	return true
}

// is says whether a text that NUL ends is a constant.
//
//go:nosplit
func is(text unsafe.Pointer, constant string) bool {
	return begins(text, constant) && *(*byte)(unsafe.Add(text, len(constant))) == 0
}

// calledSupervisord says whether the last component of a path is that.
//
//go:nosplit
func calledSupervisord(path unsafe.Pointer) bool {
	base := path
	for n := 0; *(*byte)(unsafe.Add(path, n)) != 0; n++ {
		if *(*byte)(unsafe.Add(path, n)) == '/' {
			base = unsafe.Add(path, n+1)
		}
	}
	return is(base, "supervisord")
}

// namesSocket says whether a word of the command line is, or may be, the option -s.
//
//go:nosplit
func namesSocket(argv unsafe.Pointer, argc int) bool {
	for i := 2; i < argc; i++ {
		w := word(argv, i)
		if *(*byte)(w) != '-' {
			continue
		}
		if begins(w, "--s") && !begins(w, "--stream") {
			return true
		}
		for n := 1; *(*byte)(unsafe.Add(w, 1)) != '-' && *(*byte)(unsafe.Add(w, n)) != 0; n++ {
			if *(*byte)(unsafe.Add(w, n)) == 's' {
				return true
			}
		}
	}
	return false
}

// variable returns the value of a variable of the environment, whose name is given
// with "=": the last one, as elsewhere. nil: there is none.
//
//go:nosplit
func variable(env unsafe.Pointer, name string) (value unsafe.Pointer) {
	for i := 0; word(env, i) != nil; i++ {
		if begins(word(env, i), name) {
			value = unsafe.Add(word(env, i), len(name))
		}
	}
	if value != nil && *(*byte)(value) == 0 {
		return nil
	}
	return value
}

// exit ends the process.
//
//go:nosplit
func exit(code int) { call(sysExitGroup, uintptr(code), 0, 0, 0, 0, 0) }

// print writes all of a text to a descriptor, as far as that can be written to.
//
//go:nosplit
func print(fd int32, text unsafe.Pointer, n int) {
	for n > 0 {
		done := call(sysWrite, uintptr(fd), uintptr(text), uintptr(n), 0, 0, 0)
		switch {
		case done > 0:
			text = unsafe.Add(text, done)
			n -= done
		case done == eAGAIN:
			wait.fd, wait.events = fd, pollOut
			call(sysPpoll, uintptr(unsafe.Pointer(&wait)), 1, 0, 0, 0, 0)
		case done != eINTR:
			return
		}
	}
}

// room says whether four processes could be made, which are threads as the limit sees
// it. Each child waits for the end of a pipe.
//
//go:nosplit
func room() bool {
	if call(sysPipe2, uintptr(unsafe.Pointer(&pipe)), cloexec, 0, 0, 0, 0) < 0 {
		return true // another trouble
	}
	made := 0
	for made < 4 {
		pid := call(sysClone, clone, 0, 0, 0, 0, 0)
		if pid == 0 {
			call(sysClose, uintptr(pipe[1]), 0, 0, 0, 0, 0)
			call(sysRead, uintptr(pipe[0]), uintptr(unsafe.Pointer(&output)), 1, 0, 0, 0)
			exit(0)
		}
		if pid < 0 {
			break
		}
		made++
	}
	call(sysClose, uintptr(pipe[1]), 0, 0, 0, 0, 0)
	call(sysClose, uintptr(pipe[0]), 0, 0, 0, 0, 0)
	for n := made; n > 0; {
		if gone := call(sysWait4, waitAnyChild, 0, 0, 0, 0, 0); gone > 0 || gone != eINTR {
			n--
		}
	}
	return made == 4
}
