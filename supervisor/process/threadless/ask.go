//go:build amd64 || arm64

package threadless

import "unsafe"

// ask lets the server at a path carry out ctl, prints what it says and ends the
// process, or returns if nobody has answered that can be believed.
//
//go:nosplit
func ask(path, argv unsafe.Pointer, argc int, health bool) {
	n := length(path)
	if n >= len(address.path) || !compose(argv, argc) {
		return
	}
	fd := call(sysSocket, afUnix, sockStream|cloexec, 0, 0, 0, 0)
	if fd < 0 {
		return
	}
	if fd > 2 && greet(uintptr(fd), path, n) && send(uintptr(fd), used) {
		if !health { // what waits may wait
			setTime(uintptr(fd), soRcvtimeo, 0)
		}
		receive(uintptr(fd))
	}
	call(sysClose, uintptr(fd), 0, 0, 0, 0, 0)
}

// used is how many bytes of request are.
var used int

// compose writes the request; false: it is too long.
//
//go:nosplit
func compose(argv unsafe.Pointer, argc int) bool {
	used = 0
	add(literal(`{"do":"ctl","names":[`), 21)
	for i := 2; i < argc; i++ {
		if i > 2 {
			put(',')
		}
		put('"')
		for w := word(argv, i); *(*byte)(w) != 0; w = unsafe.Add(w, 1) {
			switch c := *(*byte)(w); {
			case c == '"' || c == '\\':
				put('\\')
				put(c)
			case c < ' ':
				add(literal(`\u00`), 4)
				put(digit(c >> 4))
				put(digit(c & 15))
			default:
				put(c)
			}
		}
		put('"')
	}
	add(literal("]}\n"), 3)
	return used < len(request)
}

//go:nosplit
func digit(n byte) byte {
	if n < 10 {
		return '0' + n
	}
	return 'a' + n - 10
}

//go:nosplit
func add(text unsafe.Pointer, n int) {
	for i := range n {
		put(*(*byte)(unsafe.Add(text, i)))
	}
}

//go:nosplit
func put(c byte) {
	if used < len(request) {
		request[used] = c
		used++
	}
}

// greet connects, and says whether the one who listens can be believed and has
// answered an empty line.
//
//go:nosplit
func greet(fd uintptr, path unsafe.Pointer, n int) bool {
	address.family = afUnix
	for i := range n {
		*(*byte)(unsafe.Add(unsafe.Pointer(&address.path), i)) = *(*byte)(unsafe.Add(path, i))
	}
	*(*byte)(unsafe.Add(unsafe.Pointer(&address.path), n)) = 0
	setTime(fd, soSndtimeo, patience)
	setTime(fd, soRcvtimeo, patience)
	size = 1
	if call(sysSetsockopt, fd, solSocket, soPasscred, uintptr(unsafe.Pointer(&size)), 4, 0) < 0 ||
		call(sysConnect, fd, uintptr(unsafe.Pointer(&address)), uintptr(2+n+1), 0, 0, 0) < 0 {
		return false
	}
	size = uint32(unsafe.Sizeof(peer))
	if call(sysGetsockopt, fd, solSocket, soPeercred, uintptr(unsafe.Pointer(&peer)), uintptr(unsafe.Pointer(&size)), 0) < 0 || !trusted() {
		return false
	}
	part = iovec{uintptr(literal("\n")), 1}
	if !sendPart(fd) {
		return false
	}
	got := fill(fd, 0)
	const done = `{"done":true}` + "\n"
	return got == len(done) && begins(unsafe.Pointer(&input), done)
}

//go:nosplit
func setTime(fd, option, seconds uintptr) {
	time[0], time[1] = uint64(seconds), 0
	call(sysSetsockopt, fd, solSocket, option, uintptr(unsafe.Pointer(&time)), unsafe.Sizeof(time), 0)
}

// trusted says whether peer is an entry-point of our container, as far as can be seen
// here: in our PID namespace, of root or our own user, and with our mount namespace.
// Where /proc is not ours or not there, the kernel has said that it is in our PID namespace.
//
//go:nosplit
func trusted() bool {
	euid := call(sysGeteuid, 0, 0, 0, 0, 0, 0)
	if peer.pid <= 0 || peer.uid != 0 && int(peer.uid) != euid {
		return false
	}
	n := readLink("/proc/self", 0, "", &link)
	self := number(&link2, call(sysGetpid, 0, 0, 0, 0, 0, 0))
	if n != self || !same(n) {
		return true
	}
	n = readLink("/proc/self/ns/mnt", 0, "", &link)
	return n > 0 && n < len(link) && readLink("/proc/", int(peer.pid), "/ns/mnt", &link2) == n && same(n)
}

// same compares the first n bytes of link and link2.
//
//go:nosplit
func same(n int) bool {
	for i := range n {
		if *(*byte)(unsafe.Add(unsafe.Pointer(&link), i)) != *(*byte)(unsafe.Add(unsafe.Pointer(&link2), i)) {
			return false
		}
	}
	return true
}

// number writes a positive number in decimal, and returns its length.
//
//go:nosplit
func number(to *[64]byte, value int) (n int) {
	for rest := value; rest > 0; rest /= 10 {
		n++
	}
	for i := n - 1; i >= 0; i-- {
		*(*byte)(unsafe.Add(unsafe.Pointer(to), i)) = '0' + byte(value%10)
		value /= 10
	}
	return n
}

// name writes before, a number unless it is 0, and after into path.
//
//go:nosplit
func name(before string, pid int, after string) {
	n := 0
	for i := range len(before) {
		*(*byte)(unsafe.Add(unsafe.Pointer(&path), n)) = before[i]
		n++
	}
	if pid > 0 {
		n += number((*[64]byte)(unsafe.Add(unsafe.Pointer(&path), n)), pid)
	}
	for i := range len(after) {
		*(*byte)(unsafe.Add(unsafe.Pointer(&path), n)) = after[i]
		n++
	}
	*(*byte)(unsafe.Add(unsafe.Pointer(&path), n)) = 0
}

// readLink reads where a link leads into to, and returns its length or an error.
//
//go:nosplit
func readLink(before string, pid int, after string, to *[64]byte) int {
	name(before, pid, after)
	return call(sysReadlinkat, atFDCWD, uintptr(unsafe.Pointer(&path)), uintptr(unsafe.Pointer(to)), 64, 0, 0)
}

// send sends the first n bytes of request.
//
//go:nosplit
func send(fd uintptr, n int) bool {
	part = iovec{uintptr(unsafe.Pointer(&request)), uintptr(n)}
	return sendPart(fd)
}

//go:nosplit
func sendPart(fd uintptr) bool {
	for part.size > 0 {
		n := call(sysSendto, fd, part.base, part.size, msgNosignal, 0, 0)
		switch {
		case n > 0:
			part = iovec{part.base + uintptr(n), part.size - uintptr(n)}
		case n != eINTR:
			return false
		}
	}
	return true
}

// fill reads more into input, behind the first n bytes, and returns how many there are
// then; as many as before: that is all, or somebody else has sent it.
//
//go:nosplit
func fill(fd uintptr, n int) int {
	for {
		part = iovec{uintptr(unsafe.Pointer(&input)) + uintptr(n), uintptr(len(input) - 1 - n)}
		message = msghdr{parts: uintptr(unsafe.Pointer(&part)), count: 1, control: uintptr(unsafe.Pointer(&creds)), space: unsafe.Sizeof(creds)}
		creds.level = 0
		got := call(sysRecvmsg, fd, uintptr(unsafe.Pointer(&message)), cloexecMessage, 0, 0, 0)
		switch {
		case got == eINTR:
		case got <= 0 || creds.level != solSocket || creds.kind != scmCreds || creds.from.pid != peer.pid:
			return n
		default:
			return n + got
		}
	}
}

// cloexecMessage is MSG_CMSG_CLOEXEC: descriptors that somebody sends are not for us.
const cloexecMessage = 0x40000000

// receive prints what the server says and ends the process with the exit code that it
// says. It returns only if it has said nothing that helps.
//
//go:nosplit
func receive(fd uintptr) {
	said := false
	for have := 0; ; {
		more := fill(fd, have)
		if more == have { // without its last word
			if said {
				exit(codeNoServer)
			}
			return
		}
		have = more
		line := 0
		for i := range have {
			if *(*byte)(unsafe.Add(unsafe.Pointer(&input), i)) == '\n' {
				said = carryOut(unsafe.Add(unsafe.Pointer(&input), line)) || said
				line = i + 1
			}
		}
		have -= line
		for i := range have {
			*(*byte)(unsafe.Add(unsafe.Pointer(&input), i)) = *(*byte)(unsafe.Add(unsafe.Pointer(&input), line+i))
		}
	}
}

// carryOut does what one line of the answer says, which a newline ends, and says whether
// the line asked for anything.
//
//go:nosplit
func carryOut(line unsafe.Pointer) bool {
	const text, code, refusal = `{"output":{"to":`, `{"exit":{"code":`, `{"error":`
	switch {
	case begins(line, text):
		to := int32(*(*byte)(unsafe.Add(line, len(text))) - '0')
		if to == 1 || to == 2 {
			print(to, unsafe.Pointer(&output), decode(unsafe.Add(line, len(text)+len(`1,"data":"`))))
			return true
		}
	case begins(line, code):
		n := 0
		for at := unsafe.Add(line, len(code)); *(*byte)(at) >= '0' && *(*byte)(at) <= '9'; at = unsafe.Add(at, 1) {
			n = n*10 + int(*(*byte)(at)-'0')
		}
		exit(n)
	case begins(line, refusal) && !room():
		n := 0
		for *(*byte)(unsafe.Add(line, n)) != '\n' {
			n++
		}
		print(2, literal("entry-point ctl: "), 17)
		print(2, line, n+1)
		exit(codeNoServer)
	}
	return false
}

// decode writes base64 (RFC 4648) up to its quote into output, and returns the number
// of bytes.
//
//go:nosplit
func decode(text unsafe.Pointer) (n int) {
	bits, have := uint32(0), 0
	for ; n < len(output); text = unsafe.Add(text, 1) {
		c := *(*byte)(text)
		switch {
		case c >= 'A' && c <= 'Z':
			c -= 'A'
		case c >= 'a' && c <= 'z':
			c -= 'a' - 26
		case c >= '0' && c <= '9':
			c += 52 - '0'
		case c == '+':
			c = 62
		case c == '/':
			c = 63
		default: // padding, the quote
			return n
		}
		bits = bits<<6 | uint32(c)
		if have += 6; have >= 8 {
			have -= 8
			*(*byte)(unsafe.Add(unsafe.Pointer(&output), n)) = byte(bits >> have)
			n++
		}
	}
	return n
}
