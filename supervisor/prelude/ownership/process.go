package ownership

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/pipe"
	"entrypoint/supervisor/prelude/ownership/tree"
)

// Name is argv[0] of the process that walks, which is our own executable.
const Name = "entry-point-ownership"

// The descriptors of that process beside the usual ones.
const (
	ordersFD  = 3 // it reads its orders, to the end
	resultsFD = 4 // it writes what has become of them
)

// What the lines of the results begin with, and the last one. At most resultsLimit bytes
// are before that, which a pipe holds: nobody reads before the process has ended.
const (
	note         = "note "
	failure      = "failure "
	end          = "end\n"
	resultsLimit = 32 << 10
)

// progressEvery is how often it prints how far it is.
const progressEvery = 5 * time.Second

// Serve is the process that walks. It prints its progress on standard error.
func Serve() int {
	text, err := io.ReadAll(os.NewFile(ordersFD, "orders"))
	results := os.NewFile(resultsFD, "results")
	var orders []*tree.Order
	if err == nil {
		orders, err = decode(string(text))
	}
	if err != nil {
		_, _ = os.Stderr.WriteString("cannot read the orders: " + err.Error() + "\n")
		return 64
	}
	var said strings.Builder
	for _, o := range orders {
		r := &tree.Report{}
		done := make(chan struct{})
		go progress(o.Path, r, os.Stderr, progressEvery, done)
		tree.Give(o, orders, r)
		close(done)
		put := func(kind, text string) {
			if said.Len()+len(text) < resultsLimit {
				said.WriteString(kind + strings.ReplaceAll(text, "\n", " ") + "\n")
			}
		}
		for _, line := range r.Notes(o) {
			put(note, line)
		}
		if err := r.Err(); err != nil {
			put(failure, err.Error())
		}
	}
	_, _ = results.WriteString(said.String() + end)
	return 0
}

// progress prints how far a walk is, until it is done.
func progress(path string, r *tree.Report, to io.Writer, every time.Duration, done <-chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			_, _ = io.WriteString(to, "ownership: "+path+": "+r.Progress()+" so far\n")
		}
	}
}

// encode writes orders as fields that end with a NUL, which no path has.
func encode(orders []*tree.Order) string {
	var b strings.Builder
	for _, o := range orders {
		for _, field := range [...]string{o.Path, o.Name, number(o.UID), number(o.GID), number(o.Group)} {
			b.WriteString(field + "\x00")
		}
	}
	return b.String()
}

func number(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func decode(text string) (orders []*tree.Order, err error) {
	fields := strings.Split(text, "\x00")
	for ; len(fields) > 5; fields = fields[5:] {
		o := &tree.Order{Path: fields[0], Name: fields[1]}
		for i, n := range [...]*uint32{&o.UID, &o.GID, &o.Group} {
			value, failed := strconv.ParseUint(fields[2+i], 10, 32)
			*n, err = uint32(value), errors.Join(err, failed)
		}
		orders = append(orders, o)
	}
	if len(fields) != 1 || fields[0] != "" {
		err = errors.New("a field is missing")
	}
	return orders, err
}

// filled is a pipe with a text in it, which a process reads.
func filled(text string) (theirs *os.File, err error) {
	ours, theirs, err := pipe.ToWrite()
	if err != nil {
		return nil, err
	}
	defer unix.Close(ours)
	if n, err := unix.Write(ours, []byte(text)); err != nil || n < len(text) {
		_ = theirs.Close()
		return nil, errors.New("own is too long")
	}
	return theirs, nil
}

// drained is what is in a pipe whose writer has ended.
func drained(fd int) string {
	text, buf := "", make([]byte, 4<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err == unix.EINTR {
			continue
		}
		if n <= 0 {
			return text
		}
		text += string(buf[:n])
	}
}
