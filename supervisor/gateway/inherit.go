package gateway

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"entrypoint/supervisor/control"
)

// ErrByHand is that nobody has handed anything over.
var ErrByHand = errors.New("entry-point starts this program, at the first HTTP connection, and hands its sockets over; it is not for calling by hand (see entry-point -h)")

// firstFD is the channel; the sockets follow (sd_listen_fds(3)).
const firstFD = 3

// Inherit takes what entry-point hands over.
func Inherit() (*control.Channel, *control.Briefing, []Socket, error) {
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || n < 1 || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil, nil, ErrByHand
	}
	channel, told, err := control.OpenInherited(firstFD)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %v", ErrByHand, err)
	}
	if len(told.Servers) != n-1 {
		return nil, nil, nil, fmt.Errorf("entry-point speaks of %d sockets and hands over %d", len(told.Servers), n-1)
	}
	var sockets []Socket
	for i, s := range told.Servers {
		file := os.NewFile(uintptr(firstFD+1+i), s.Address)
		listener, err := net.FileListener(file)
		_ = file.Close() // the listener has its own
		if err != nil {
			return nil, nil, nil, fmt.Errorf("cannot listen on %s: %v", s.Address, err)
		}
		sockets = append(sockets, Socket{Listener: listener, Network: s.Network, Username: s.Username, Password: s.Password, Reader: s.Reader, ReaderPassword: s.ReaderPassword})
	}
	return channel, told, sockets, nil
}
