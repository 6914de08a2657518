package process

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// refusal says why file is not executed: what the errno means for this file. The
// kernel tells neither of a script from its interpreter nor of a missing bit from
// a mount option. c is who was to execute it; nil: we ourselves.
func refusal(file string, err error, c *syscall.Credential) string {
	switch {
	case errors.Is(err, syscall.EACCES):
		return "permission denied" + forbidden(file, c)
	case errors.Is(err, syscall.ENOEXEC):
		return "exec format error" + malformed(head(file))
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return missing(file, err)
	case errors.Is(err, syscall.ETXTBSY):
		return "it is being written to"
	}
	return reason(err)
}

// forbidden is why a file must not be executed.
func forbidden(file string, c *syscall.Credential) string {
	who, group := os.Geteuid(), os.Getegid()
	if c != nil {
		who, group = int(c.Uid), int(c.Gid)
	}
	user := " for user " + strconv.Itoa(who) + " and group " + strconv.Itoa(group)
	var stat unix.Stat_t
	if unix.Stat(file, &stat) != nil {
		return " on the way to " + file + user
	}
	if stat.Mode&0o111 == 0 {
		return " (its mode is " + mode(stat.Mode) + ": chmod +x)"
	}
	if dir := noexec(file); dir != "" {
		return " (" + dir + " is mounted with noexec)"
	}
	if interpreter, _ := interpreterOf(head(file)); interpreter != "" {
		if info, err := os.Stat(interpreter); err == nil && info.Mode()&0o111 == 0 {
			return " (its interpreter " + interpreter + " is not executable)"
		}
	}
	return user + " (its mode is " + mode(stat.Mode) + ", its owner " + strconv.Itoa(int(stat.Uid)) + ":" + strconv.Itoa(int(stat.Gid)) + "; or a directory above it is closed)"
}

func mode(m uint32) string { return "0" + strconv.FormatUint(uint64(m&0o7777), 8) }

// noexec returns where a file system begins that file lies on and that nothing
// may be executed from; "": it is another one.
func noexec(file string) (top string) {
	file, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real
	}
	var fs unix.Statfs_t
	for dir := filepath.Dir(file); unix.Statfs(dir, &fs) == nil && fs.Flags&unix.ST_NOEXEC != 0; dir = filepath.Dir(dir) {
		if top = dir; dir == "/" {
			break
		}
	}
	return top
}

// missing is what there is not: the file, or what it needs to run.
func missing(file string, err error) string {
	interpreter, script := interpreterOf(head(file))
	if script && exists(interpreter) {
		return "its interpreter " + interpreter + " cannot be executed: " + loaderMissing(interpreter)
	}
	switch {
	case interpreter == "":
		return reason(err)
	case !script:
		return loaderMissing(file)
	case strings.HasSuffix(interpreter, "\r"):
		return "its #! line ends with a carriage return, so its interpreter " + strconv.Quote(interpreter) +
			" does not exist (line ends of Windows: sed -i 's/\\r$//' " + file + ")"
	}
	return "its interpreter " + interpreter + " (the #! line) does not exist"
}

// loaderMissing is for an ELF file whose dynamic loader there is not.
func loaderMissing(file string) string {
	loader, _ := interpreterOf(head(file))
	return "its interpreter, the dynamic loader " + loader + ", does not exist (it was built for another C library, such as musl or glibc)"
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// malformed is what a file is that the kernel cannot execute.
func malformed(data []byte) string {
	if interpreter, script := interpreterOf(data); script && interpreter != "" {
		if data = head(interpreter); machineOf(data) != "" {
			return " of its interpreter " + interpreter + malformed(data)
		}
		return " of its interpreter " + interpreter
	}
	text := string(data)
	machine := machineOf(data)
	switch {
	case text == "":
		return " (it is empty)"
	case machine != "" && machine != runtime.GOARCH:
		return " (built for " + machine + ", and this machine is " + runtime.GOARCH + ")"
	case machine != "":
		return " (a damaged ELF file)"
	case strings.HasPrefix(text, "MZ"):
		return " (a program for Windows)"
	case strings.HasPrefix(text, "\xcf\xfa\xed\xfe"), strings.HasPrefix(text, "\xca\xfe\xba\xbe"):
		return " (a program for macOS)"
	case strings.HasPrefix(text, "\xef\xbb\xbf"):
		return " (a byte order mark stands before its first line)"
	case strings.HasPrefix(text, "#!"):
		return " (its #! line names no program)"
	}
	return " (it has no #! line, and is no ELF file)"
}

// head returns the beginning of a file: what the kernel itself looks at, and where
// linkers put the path of the loader. Nothing is read of what is no regular file.
func head(file string) []byte {
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil || stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil
	}
	data := make([]byte, 4096)
	n, _ := unix.Pread(fd, data, 0)
	return data[:max(0, n)]
}

// Of an ELF header (elf(5)).
const (
	elfClass   = 4 // 1: 32 bits, 2: 64 bits
	elfData    = 5 // 1: least significant byte first
	elfMachine = 18
	elfPhoff   = 32
	elfPhsize  = 54
	elfPhcount = 56
	ptInterp   = 3
)

// machineOf names the architecture of an ELF file, as Go does; "": it is none.
func machineOf(data []byte) string {
	if len(data) < 64 || string(data[:4]) != "\x7fELF" {
		return ""
	}
	number := int(data[elfMachine]) | int(data[elfMachine+1])
	switch number { // below 256, so that the order of the two bytes says nothing
	case 3:
		return "386"
	case 21:
		return "ppc64"
	case 22:
		return "s390x"
	case 40:
		return "arm"
	case 62:
		return "amd64"
	case 183:
		return "arm64"
	case 243:
		return "riscv64"
	}
	return "machine " + strconv.Itoa(number) + " of ELF"
}

// interpreterOf returns the program that runs a script, or the loader of an ELF
// file of 64 bits; "": there is none.
func interpreterOf(data []byte) (path string, script bool) {
	if len(data) > 2 && string(data[:2]) == "#!" {
		line, _, _ := strings.Cut(string(data[2:]), "\n")
		line = strings.TrimLeft(line, " \t")
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			line = line[:i]
		}
		return line, true
	}
	if machineOf(data) == "" || data[elfClass] != 2 || data[elfData] != 1 {
		return "", false
	}
	little := binary.LittleEndian
	at, size := little.Uint64(data[elfPhoff:]), uint64(little.Uint16(data[elfPhsize:]))
	for range little.Uint16(data[elfPhcount:]) {
		if size < 56 || at > uint64(len(data)) || at+size > uint64(len(data)) {
			return "", false
		}
		if header := data[at:]; little.Uint32(header) == ptInterp {
			begin, length := little.Uint64(header[8:]), little.Uint64(header[32:])
			if begin > uint64(len(data)) || length > uint64(len(data))-begin {
				return "", false
			}
			return strings.TrimRight(string(data[begin:begin+length]), "\x00"), false
		}
		at += size
	}
	return "", false
}
