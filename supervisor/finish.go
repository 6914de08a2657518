package supervisor

import (
	"time"

	"entrypoint/supervisor/process"
)

// finish ends everything but the programs, which have ended, and returns the exit code of
// the container. The order is what matters here: whatever may still need something ends
// before that.
//
//  1. The HTTP gateway. It is a client of ours and answers its last requests while we can
//     still be asked; its process would be swept away in the next step.
//  2. Every process that is left: what the programs have started and lost. They get
//     SIGTERM, what the budget has left of time, then SIGKILL. From here on nobody prints
//     anything any more.
//  3. The pipes of processes that survive even SIGKILL, those of helper processes and hooks
//     that were swept away, and the standard input that programs share. Nobody is left to read them.
//  4. The listening sockets. A client that connects is refused from now on. A file system
//     that hangs does not hold us up: removing the socket is then left to its next user.
//  5. The control socket. Until here an operator could ask what the stop is waiting for.
//  6. The logs. What processes have printed is written out, within what the budget has
//     left, and nothing can add to it any more.
//  7. The last line, which says how it ended, and with it the exit code: it stands behind
//     everything that the programs have printed.
func (s *Supervisor) finish() int {
	s.closeGateway()
	s.sweep()
	s.each(func(u *unit) {
		if u.process != nil { // it survives SIGKILL
			u.process.Close()
			u.process = nil
		}
	})
	s.parts.helpers.Close()
	s.parts.hooks.Close()
	s.inherited.silence.Close()
	_ = s.inherited.sockets.Keep(nil)
	if s.about.serving != nil {
		s.about.serving()
	}
	s.closeLogs(time.Now())
	return s.ended(time.Now())
}

// sweep ends all processes that are left in the container.
func (s *Supervisor) sweep() {
	switch s.Table.Sweep(0, s.state.Deadline, func(process.Exit) {}) {
	case process.SweptKilled:
		s.Log("killed processes that the programs had left behind")
	case process.SweptNot:
		s.Log("processes that the programs have left behind are still there: they survive SIGKILL, or cannot be found without /proc")
	}
}
