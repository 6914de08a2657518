package process

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

// oom is our place, and that of our children, in the order in which the kernel ends
// processes when memory runs out (proc_pid_oom_score_adj(5)). When it ends PID 1 the
// whole container ends, for a leak that is somebody else's.
type oom struct {
	wanted   bool
	raise    func() int
	children []byte // what children set for themselves, in decimal; nil: nothing
}

const (
	oomMin = -1000 // the kernel never ends such a process
	oomMax = 1000
)

const oomFile = "/oom_score_adj"

// Protect makes the kernel end each process that is started from now on before us,
// when memory runs out. With CAP_SYS_RESOURCE we go down by 1000 points, but no lower
// than -999, and children have the value that we were started with. Without it the
// kernel lets us come back to the lowest value that somebody with it has set, perhaps
// 0. Where it does not, children go up by raise points, which are thousandths of the
// memory that has run out; raise is called then only, and nil is no point. What a
// Spec says for itself holds in any case. Where there is no /proc nothing is changed.
func (t *Table) Protect(raise func() int) { t.oom.wanted, t.oom.raise = true, raise }

// begin changes our own value. It comes as late as it can: where children are not to
// be raised the first of them has been started before, with the value from before.
func (o *oom) begin() {
	if !o.wanted {
		return
	}
	o.wanted = false
	was, ok := ownScore()
	if !ok || was == oomMin {
		return
	}
	for _, low := range [...]int{max(was-1000, oomMin+1), 0} {
		if low < was && writeFile("/proc/self"+oomFile, strconv.AppendInt(nil, int64(low), 10)) == nil {
			o.children = strconv.AppendInt(nil, int64(was), 10)
			return
		}
	}
	if o.raise != nil && was < oomMax {
		o.children = strconv.AppendInt(nil, int64(min(was+o.raise(), oomMax)), 10)
	}
}

// A child sets its value itself: the /proc that we see may be that of another PID
// namespace, in which its pid is somebody else's.

func ownScore() (score int, ok bool) {
	fd, err := unix.Open("/proc/self"+oomFile, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	var text [16]byte
	n, _ := unix.Read(fd, text[:])
	score, err = strconv.Atoi(string(bytes.TrimSpace(text[:max(n, 0)])))
	return score, err == nil
}

// writeFile writes to a file that is there.
func writeFile(name string, text []byte) error {
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = unix.Write(fd, text)
	return err
}
