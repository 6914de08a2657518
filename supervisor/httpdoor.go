package supervisor

import (
	"slices"
	"time"

	"entrypoint/supervisor/door"
)

// openDoor makes the door of HTTP; the sockets come later (setDoor).
func (s *Supervisor) openDoor() {
	s.door = &door.Door{Options: door.Options{
		Start: s.fork, Signal: s.Table.Signal, Stopped: s.Table.Stopped, Post: s.post, Grant: s.Grant,
		Log: s.notices.print, Short: func(err error, now time.Time) bool { return s.meets("HTTP", err, now) }, Trace: s.Trace, Files: s.Files, Stderr: s.GatewayLog, Version: s.Version, Executable: s.Executable, Env: s.inherited.environ,
	}}
}

// setDoor lets HTTP in where the configuration says. Before serve it is too early:
// nothing may delay the first programs.
func (s *Supervisor) setDoor(now time.Time) {
	if s.Grant != nil && s.serving != nil {
		s.door.Stdin, _ = s.inherited.silence.File() // without it, the container's own
		s.door.User = door.User{Wanted: s.container.GatewayUser, Taken: s.taken}
		s.door.Set(&s.container, now)
	}
}

// taken says whether a program has the number of a user or group.
func (s *Supervisor) taken(id uint32) bool {
	return s.container.Uses(id) || slices.ContainsFunc(s.units, func(u *unit) bool { return u.Config.Uses(id) })
}

// gatewayTime is what the gateway's end may take after that of all programs: its
// own time and, after SIGKILL, the kernel's.
const gatewayTime = 600 * time.Millisecond

// closeDoor ends the gateway, which has answered requests up to here. How it ends
// is nobody's business any more.
func (s *Supervisor) closeDoor() {
	limit := time.Now().Add(gatewayTime)
	for s.door.Close(time.Now()); s.door.Running() && time.Now().Before(limit); s.door.Tick(time.Now()) {
		until := limit
		if at := s.door.Deadline(); !at.IsZero() && at.Before(limit) {
			until = at
		}
		s.Table.Wait(until)
		s.Table.Reap(s.exited)
	}
}
