package shortage

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

func TestOf(t *testing.T) {
	for err, want := range map[error]syscall.Errno{
		nil:             0,
		syscall.EAGAIN:  syscall.EAGAIN,
		syscall.ENOBUFS: syscall.ENOMEM,
		&os.PathError{Op: "open", Err: syscall.EMFILE}: syscall.EMFILE,
		fmt.Errorf("cannot: %w", syscall.ENFILE):       syscall.ENFILE,
		syscall.ENOENT:                                 0,
		os.ErrDeadlineExceeded:                         0,
	} {
		if got := Of(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

// TestInsist: a shortage is met three times before it counts, anything else once.
func TestInsist(t *testing.T) {
	for _, tt := range []struct {
		errs  []error
		calls int
		want  error
	}{
		{[]error{nil}, 1, nil},
		{[]error{syscall.EMFILE, syscall.EAGAIN, nil}, 3, nil},
		{[]error{syscall.EMFILE, syscall.EMFILE, syscall.ENFILE, nil}, 3, syscall.ENFILE},
		{[]error{syscall.ENOENT, nil}, 1, syscall.ENOENT},
	} {
		calls := 0
		err := Insist(func() error {
			calls++
			return tt.errs[calls-1]
		})
		if err != tt.want || calls != tt.calls {
			t.Errorf("%v: %v after %d calls, want %v after %d", tt.errs, err, calls, tt.want, tt.calls)
		}
	}
}
