package supervisor

import "time"

// setServers lets HTTP in where the configuration says. Before serve it is too early:
// nothing may delay the first programs.
func (s *Supervisor) setServers(now time.Time) {
	if s.Grant != nil && s.about.serving != nil {
		s.parts.activation.Set(&s.container, now)
	}
}

// gatewayTime is what the gateway's end may take after that of all programs: its
// own time and, after SIGKILL, the kernel's.
const gatewayTime = 600 * time.Millisecond

// closeGateway ends the gateway, which has answered requests up to here. How it ends
// is nobody's business any more.
func (s *Supervisor) closeGateway() {
	gateway, limit := s.parts.activation, time.Now().Add(gatewayTime)
	for gateway.Close(time.Now()); gateway.Running() && time.Now().Before(limit); gateway.Tick(time.Now()) {
		until := limit
		if at := gateway.Due(); !at.IsZero() && at.Before(limit) {
			until = at
		}
		s.Table.Wait(until)
		s.Table.Reap(s.exited)
	}
}
