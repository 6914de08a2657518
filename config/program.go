package config

import (
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Program is one process of a [program:x], [fcgi-program:x] or
// [eventlistener:x] section, typed: numprocs=3 makes three of them. It is
// immutable.
type Program struct {
	Name    string // process_name, expanded
	Group   string // the [group:x] that it belongs to, else the section's own name
	Section string // of the file, such as "program:web"
	Source  string // file:line of the section's header, for messages

	Command     []string // argv after shell-like splitting; never empty
	Directory   string   // working directory; "" inherits ours
	Environment []string // KEY=VALUE, over our own environment; in order, each key once
	EnvAllow    []string `json:",omitzero"` // what of our own environment it has, as patterns of path.Match; nil: all
	User        *User    // nil: run as we are
	Umask       int      // -1: inherit

	GroupPriority int           // groups start in this order and stop in the reverse one
	Priority      int           // the same within the group
	Autostart     bool          // start it when entry-point starts
	Autorestart   Restart       // what to do when it ends by itself
	ExitCodes     []int         // expected exit codes, for RestartUnexpected
	StartSecs     time.Duration // must stay up this long to count as started
	StartRetries  int           // failed starts allowed after the first one
	RestartPause  time.Duration // restartpause: least wait before an automatic restart
	RestartMax    time.Duration // restart_max_delay: longest wait before one
	RestartLimit  RestartLimit  `json:",omitzero"` // restart_limit: how often it may crash
	StopSignals   []StopSignal  // the ladder: each signal with its wait, then SIGKILL; never empty
	StopAsGroup   bool          // stop signals go to the whole process group
	KillAsGroup   bool          // SIGKILL goes to the whole group, and what outlives the main process is ended
	Critical      Critical      // whether its end is the container's

	// Profile is the kind of program that it is known as, such as "nginx"; "":
	// none. What the profile says is in the other fields, unless the file says
	// otherwise.
	Profile      string
	ReloadSignal syscall.Signal // makes it read its configuration again; 0: none does
	PauseSignal  syscall.Signal // before a reload, makes it take nothing new; 0: none does
	ReloadCaught syscall.Signal // caught by a process that can reload; 0: every one can
	NoReload     string         // why it does not reload, although others of its kind do; "": it does, or none does
	ReloadCheck  []string       // ends with 0 if that configuration is good; nil: there is no such command
	ReopenSignal syscall.Signal // makes it open its log files again; 0: none does
	Debug        []string       // the command for a developer; nil: none is known

	Health
	// DependsOn are the programs that this one waits for before it starts.
	DependsOn []Dependency
	Recycle   Recycle
	// StopExitCodes are the codes that a requested stop of this program ends
	// with when all went well: uWSGI without a master exits 30 on TERM.
	StopExitCodes []int

	Hooks *Hooks `json:",omitempty"` // commands at certain moments of its life; nil: there are none

	// Oneshot is work that ends: it is ready when it has ended as expected.
	Oneshot  bool
	Once     Once
	Schedule *Schedule // when it runs; nil: with the container

	Stdout, Stderr Stream
	RedirectStderr bool // descriptor 2 is descriptor 1; Stderr means nothing then

	Limits Limits
	Socket *Socket // listening socket that it inherits; nil: none
	Pool   *Pool   // of the event listeners that it is one of; nil: no listener
	Watch  Watch   // what restarts it

	Written Written `json:"-"` // what of its section others are shown
}

// Written are keys of a program as they stand in the file, with what was expanded.
type Written struct {
	Command   string // command=, with its quotes
	User      bool   // there is user=, be it our own user
	ServerURL string // serverurl=; "": none, or AUTO
}

// FullName is what supervisorctl calls the process: "group:name", or the name
// alone where both are the same.
func (p *Program) FullName() string { return FullName(p.Group, p.Name) }

// FullName is the name of a program with its group, where that has another name.
func FullName(group, name string) string {
	if group == name || group == "" {
		return name
	}
	return group + ":" + name
}

// Restart says when a program that ended by itself is started again.
type Restart int

// The values of autorestart= in supervisord's format.
const (
	RestartUnexpected Restart = iota // when its exit code is not in ExitCodes
	RestartAlways
	RestartNever
)

// RestartLimit is how many crashes of a program are followed by a restart within a
// time; the next one is final. The zero value: any number.
type RestartLimit struct {
	Count  int
	Within time.Duration
}

// Critical says whether the final end of a program ends the container.
type Critical int

// The values of critical=.
const (
	CriticalDefault Critical = iota // as exit_on= of [entrypoint] says
	CriticalYes                     // EXITED or FATAL: the container ends, whatever exit_on= says
	CriticalNo                      // its end never ends the container
)

// StopSignal is one rung of the stop ladder: Signal is sent, then Wait may
// pass before the next rung (SIGKILL after the last one).
type StopSignal struct {
	Signal syscall.Signal
	Wait   time.Duration
	Group  bool // to the whole process group, even without StopAsGroup
	Again  bool // it repeats the one before, which may have been lost
}

// User is a numeric identity: resolved once when the configuration is read, so
// that no start of a program depends on /etc/passwd.
type User struct {
	Name   string // as written in the file
	UID    uint32
	GID    uint32
	Groups []uint32 // GID and the supplementary groups; root's are never inherited
}

// Credential is what a process of u is started with; nil: u is nil, and it stays what we are.
func (u *User) Credential() *syscall.Credential {
	if u == nil {
		return nil
	}
	return &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: u.Groups}
}

// has says whether u is, or belongs to, a user or group of that number.
func (u *User) has(id uint32) bool {
	return u != nil && (u.UID == id || u.GID == id || slices.Contains(u.Groups, id))
}

// Uses says whether the program, or its socket, belongs to a user or group of that
// number.
func (p *Program) Uses(id uint32) bool {
	return p.User.has(id) || p.Socket != nil && p.Socket.Owner.has(id)
}

// Stream says where one of a program's output streams goes.
type Stream struct {
	Targets  []Target // in order; none: it is thrown away
	MaxBytes int64    // size at which a log file is rotated; 0: never
	Backups  int      // rotated files that are kept
	Capture  int64    // capture_maxbytes: size of the buffer of capture mode; 0: off
	Events   bool     // PROCESS_LOG events are emitted
}

// TargetKind is the kind of place that output goes to.
type TargetKind int

// The kinds of target.
const (
	TargetStdout TargetKind = iota // the container's stdout, in its log_format
	TargetStderr                   // the container's stderr, likewise
	TargetFile                     // Path, rotated
	TargetAuto                     // a file in childlogdir with a name of its own
	TargetSyslog                   // the local syslog, or Path "udp:HOST:PORT" or "tcp:HOST:PORT"
)

// Target is one place that output goes to.
type Target struct {
	Kind TargetKind
	Path string // of TargetFile, absolute or relative to our working directory; of a remote TargetSyslog
}

// Unlimited is a resource limit that does not limit (setrlimit(2), RLIM_INFINITY).
const Unlimited = ^uint64(0)

// Limit is a soft and a hard resource limit, as setrlimit(2) takes them.
type Limit struct{ Soft, Hard uint64 }

// Limits are what a process is given before its command is executed. The zero
// value changes nothing.
type Limits struct {
	NoFile       *Limit // rlimit_nofile
	Core         *Limit // rlimit_core
	Nice         *int   // -20 to 19
	OOMScoreAdj  *int   // oom_score_adj, -1000 to 1000
	NoNewPrivs   bool   // no_new_privs (prctl(2), PR_SET_NO_NEW_PRIVS)
	Capabilities *[]int // the only capabilities that it may have, as numbers of capabilities(7); nil: all that we have
}

// Socket is a listening socket that processes inherit. Programs with an equal
// URL share it.
type Socket struct {
	URL      string // unix:///PATH or tcp://HOST:PORT
	Owner    *User  // of a unix socket; nil: unchanged. GID ^0: the group is unchanged
	Mode     int    // of a unix socket, such as 0o700
	Backlog  int    // 0: the system's maximum
	Activate bool   // handed over as LISTEN_FDS from descriptor 3 on (sd_listen_fds(3)); false: as descriptor 0 (FastCGI)
}

// Pool is one [eventlistener:x].
type Pool struct {
	Name       string
	Events     []string // as subscribed to, upper case; each one is known to EventParent; none: it gets nothing
	BufferSize int      // events that wait for a listener, at least 1
	Priority   int
	AnyResult  bool // whatever a listener answers is OK: who would judge it is supervisord's Python code
}

// Watch says which changes of files restart a program. The zero value watches
// nothing.
type Watch struct {
	Binary        bool             // restart_when_binary_changed: the command's own file
	Directory     string           // restart_directory_monitor: with everything below it; "": none
	Pattern       string           // restart_file_pattern: names of files that count, as path.Match; "": all
	BinarySignals []syscall.Signal // restart_signal_when_binary_changed: sent in place of a restart
	FileSignals   []syscall.Signal // restart_signal_when_file_changed: likewise
}

// String is the limit as the file has it, such as 10/5m.
func (r RestartLimit) String() string {
	if r.Count == 0 {
		return "off"
	}
	within := r.Within.String() // 5m0s, 1h0m0s
	for _, nothing := range [...]string{"0s", "0m"} {
		if short := strings.TrimSuffix(within, nothing); short != within && strings.TrimRight(short, "0123456789.") == short {
			within = short
		}
	}
	return strconv.Itoa(r.Count) + "/" + within
}
