package config

import (
	"syscall"
	"time"
)

// Program is one [program:x] section, typed. It is immutable.
type Program struct {
	Name   string
	Source string // file:line of the section's header, for messages

	Command     []string // argv after shell-like splitting; never empty
	Directory   string   // working directory; "" inherits ours
	Environment []string // KEY=VALUE, over our own environment; in order
	User        *User    // nil: run as we are

	Priority     int           // lower starts first and stops last
	Autostart    bool          // start it when entry-point starts
	Autorestart  Restart       // what to do when it ends by itself
	ExitCodes    []int         // expected exit codes, for RestartUnexpected
	StartSecs    time.Duration // must stay up this long to count as started
	StartRetries int           // failed starts allowed after the first one
	StopSignals  []StopSignal  // the ladder: each signal with its wait, then SIGKILL; never empty
	StopAsGroup  bool          // stop signals go to the whole process group

	// Ready says when programs that depend on this one may start; the zero
	// value means as soon as it is RUNNING.
	Ready Probe
	// DependsOn names the programs that must be ready before this one starts.
	DependsOn []string
	// StopExitCodes are the codes that a requested stop of this program ends
	// with when all went well: uWSGI without a master exits 30 on TERM.
	StopExitCodes []int
}

// Restart says when a program that ended by itself is started again.
type Restart int

// The values of autorestart= in supervisord's format.
const (
	RestartUnexpected Restart = iota // when its exit code is not in ExitCodes
	RestartAlways
	RestartNever
)

// StopSignal is one rung of the stop ladder: Signal is sent, then Wait may
// pass before the next rung (SIGKILL after the last one).
type StopSignal struct {
	Signal syscall.Signal
	Wait   time.Duration
}

// Probe is one address that answers when a program is ready: Network is "unix"
// or "tcp", Address a socket path ("@name": an abstract one) or a numeric
// host:port. The zero Probe asks nothing.
type Probe struct {
	Network string
	Address string
}

// User is a numeric identity: resolved once when the configuration is read, so
// that no start of a program depends on /etc/passwd.
type User struct {
	Name   string // as written in the file
	UID    uint32
	GID    uint32
	Groups []uint32 // GID and the supplementary groups; root's are never inherited
}
