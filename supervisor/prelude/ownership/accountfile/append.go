package accountfile

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"entrypoint/config/account"
	"entrypoint/supervisor/safefile"
)

// Append adds a user to passwd, unless his number is there.
func Append(passwd string, e *account.Entry) (added bool, err error) {
	fd, err := safefile.Open(passwd, unix.O_RDWR|unix.O_APPEND|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false, failed(passwd, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return false, failed(passwd, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size > limit {
		return false, failed(passwd, errors.New("it is not a regular file of a usual size"))
	}
	text := make([]byte, st.Size)
	n, err := unix.Pread(fd, text, 0)
	if err != nil {
		return false, failed(passwd, err)
	}
	add := addition(string(text[:n]), e)
	if add == "" {
		return false, nil
	}
	n, err = unix.Write(fd, []byte(add))
	if err == nil && n < len(add) {
		err = unix.ENOSPC
	}
	if err != nil {
		_ = unix.Ftruncate(fd, st.Size) // half a line helps nobody
		return false, failed(passwd, err)
	}
	return true, nil
}

// addition is what makes e an entry of a text; "": it is one. The last line may lack its
// end: somebody has edited the file, or was killed while he wrote this very line.
func addition(text string, e *account.Entry) string {
	line := account.Line(e)
	last := text[strings.LastIndexByte(text, '\n')+1:]
	switch _, found := account.ByUID(text, e.UID); {
	case last != "" && len(last) >= len(e.Name)+len(":x:") && strings.HasPrefix(line, last):
		return line[len(last):]
	case found:
		return ""
	case last != "":
		return "\n" + line
	}
	return line
}

func failed(path string, err error) error {
	return errors.New("cannot write " + path + ": " + err.Error())
}
