package config

import (
	"syscall"
	"time"
)

// Container is what [entrypoint] and [supervisord] say about the container as a
// whole. The environment wins over the file: ENTRYPOINT_EXIT_ON,
// ENTRYPOINT_LOG_FORMAT, ENTRYPOINT_LOG_BUFFER.
type Container struct {
	ExitOn    ExitOn    // when the end of programs is the container's
	LogFormat LogFormat // of what programs print on the container's stdout and stderr, and of our own lines
	// LogTimestamps puts the time in front of our own lines (log_timestamps); in
	// FormatJSON each has it.
	LogTimestamps bool
	// LogBuffer is how much output is held back in all, in bytes (log_buffer); Load
	// leaves 0 for DefaultLogBuffer.
	LogBuffer int
	// NoOOMProtect leaves it to the kernel whether it ends entry-point or a program
	// when memory runs out (oom_protect = off).
	NoOOMProtect bool
	// SignalMap says what a signal to PID 1 does; a signal that is not in it
	// does what it does by default.
	SignalMap map[syscall.Signal]SignalAction

	// From [supervisord].
	Identifier   string // of event listeners and AUTO logs; default "supervisor"
	ChildLogDir  string // of AUTO logs; default the system's temporary directory
	KeepAutoLogs bool   // nocleanup
	StripANSI    bool   // strip_ansi: escape sequences are taken out of programs' logs
	Logfile      string // of supervisord's own log, in its format; "": none
	LogStream    int    // of the container, 1 or 2, where that log goes as well; 0: none
	LogMaxBytes  int64
	LogBackups   int
	LogLevel     string // such as "info"
	Pidfile      string // "": none
	Umask        int    // of everything; -1: inherited
	Directory    string // of everything; "": unchanged
	MinFDs       int    // least soft limit of open files; 0: unchanged
	MinProcs     int    // least soft limit of processes; 0: unchanged

	// ServerURL is the control interface that programs find in
	// SUPERVISOR_SERVER_URL; "": none.
	ServerURL string
	Servers   []Server // [unix_http_server], [inet_http_server] and ENTRYPOINT_HTTP
	// HTTPIdle is after what time without a connection the HTTP gateway ends
	// (ENTRYPOINT_HTTP_IDLE); Load leaves 0 where it is not set.
	HTTPIdle time.Duration
	// GatewayUser is whom the HTTP gateway and the wait for other servers run as
	// (gateway_user); nil: a user that nothing else in the container has.
	GatewayUser *User

	// StopBudget is the time for the whole stop (stop_budget); Load leaves 0
	// where it is not set.
	StopBudget time.Duration
	// WaitFor are the servers that have to answer before anything is started, and
	// WaitTimeout how long that may take; 0: a minute (wait_for, wait_timeout).
	WaitFor     []string
	WaitTimeout time.Duration

	// Prelude is what happens before anything is started.
	Prelude Prelude `json:",omitzero"`

	// Strict says whether warnings about the configuration are errors (strict).
	Strict Strict

	// Idle lets the container run while no program has been started yet, or there is
	// none: under the name supervisord, whose clients may start and add them.
	Idle bool

	// Drain is how long the programs go on after a request to stop, while health
	// says that the container is not ready (drain); a part of StopBudget.
	Drain time.Duration
}

// Strict says when warnings about a configuration are errors.
type Strict int

// The values of strict=.
const (
	StrictOff   Strict = iota // never, which is usual
	StrictCheck               // for -t: usual in entry-point.conf, where a warning is hardly about supervisord
	StrictOn                  // at the start and for a reload as well
)

// ExitOn says when the end of programs is the end of the container.
type ExitOn int

// The values of exit_on=.
const (
	ExitOnFatal ExitOn = iota // a program is FATAL, or all have ended
	ExitOnAny                 // a program has ended by itself, for whatever reason
	ExitOnAll                 // all have ended, or are FATAL
	ExitOnNever               // only on request
)

// LogFormat is how the programs' output looks on the container's own.
type LogFormat int

// The values of log_format=.
const (
	FormatPlain  LogFormat = iota // as printed, and its last is kept
	FormatRaw                     // the program inherits the descriptor
	FormatPrefix                  // "name | line"
	FormatJSON                    // an object for each line
)

// SignalAction is what a signal to PID 1 does, as signal_map says it.
type SignalAction struct {
	Action   Action
	Programs []string       // of ActionForward: names of programs or groups; "*" is every program
	Signal   syscall.Signal // of ActionForward
}

// Action is the kind of a SignalAction.
type Action int

// The actions of signal_map.
const (
	ActionIgnore  Action = iota
	ActionForward        // NAME:SIGNAL
	ActionStop
	ActionReload // read the configuration again
	ActionReopen // open log files again
)

// Server is one HTTP server that the configuration asks for.
type Server struct {
	Network  string // "unix" or "tcp"
	Address  string // socket path, or HOST:PORT
	Mode     int    // of a unix socket
	Owner    *User  // of a unix socket; nil: unchanged
	Username string
	Password string // in clear, or {SHA}hex

	// Reader is the name of a second login, which may only read. "": there is none.
	Reader         string
	ReaderPassword string // in clear, or {SHA}hex
}

// Uses says whether an HTTP server's socket belongs to a user or group of that number.
func (c *Container) Uses(id uint32) bool {
	for i := range c.Servers {
		if c.Servers[i].Owner.has(id) {
			return true
		}
	}
	return false
}
