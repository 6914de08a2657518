package control

import "time"

// Version is that of the protocol.
const Version = 1

// Request is one line of a client.
type Request struct {
	Do     Operation `json:"do"`
	Names  []string  `json:"names,omitempty"`
	Wait   bool      `json:"wait,omitempty"`   // for the result, not only for the signal
	Signal string    `json:"signal,omitempty"` // "HUP", "SIGHUP" or "1"
	Stream string    `json:"stream,omitempty"` // "stdout" or "stderr"; "": both, for "logs"
	Lines  int       `json:"lines,omitempty"`  // of "logs": how many of the last ones; 0: 10
	Follow bool      `json:"follow,omitempty"`
	Offset int64     `json:"offset,omitempty"` // of "read": bytes; negative: from the end
	Length int64     `json:"length,omitempty"` // 0: to the end
	Backup int       `json:"backup,omitempty"` // of "read": the nth file that was rotated, the newest first; 0: the log itself
	Bytes  int       `json:"bytes,omitempty"`  // of "logs": how many of the last bytes, in place of lines
	Main   bool      `json:"main,omitempty"`   // of "logs", "read" and "clear": supervisord's own log, not those of programs
	Data   []byte    `json:"data,omitempty"`   // of "stdin" and "remote-event"; base64 in JSON
	Type   string    `json:"type,omitempty"`   // of "remote-event"
	By     *By       `json:"by,omitempty"`     // who asks; of the gateway's clients only, for the server knows the others
}

// Answer is one line of the server; one of its members is set.
type Answer struct {
	Info    *Info    `json:"info,omitempty"`
	Program *Program `json:"program,omitempty"`
	Usage   *Usage   `json:"usage,omitempty"`
	Config  *Config  `json:"config,omitempty"`
	Result  *Result  `json:"result,omitempty"`
	Changes *Changes `json:"changes,omitempty"`
	Log     *Log     `json:"log,omitempty"`
	Event   *Event   `json:"event,omitempty"`
	Health  *Health  `json:"health,omitempty"`
	Detail  *Detail  `json:"detail,omitempty"`
	Output  *Output  `json:"output,omitempty"` // of "ctl"
	Exit    *Exit    `json:"exit,omitempty"`   // likewise
	Lost    int      `json:"lost,omitempty"`   // answers that the client was too slow for
	Done    bool     `json:"done,omitempty"`
	Error   *Error   `json:"error,omitempty"`
}

// last says whether this is the end of the answer to a request.
func (a *Answer) last() bool { return a.Done || a.Error != nil }

// Info is who we are, and how we are.
type Info struct {
	Protocol   int       `json:"protocol"`
	Version    string    `json:"version"` // of entry-point
	PID        int       `json:"pid"`
	Identifier string    `json:"identifier"`
	State      string    `json:"state"` // STARTING (the prelude goes on), RUNNING, RESTARTING ("renew" goes on) or SHUTDOWN
	Started    time.Time `json:"started"`
	Source     string    `json:"source"` // of the configuration
	Programs   int       `json:"programs"`
	Orphans    int       `json:"orphans"` // reaped
	Waited     float64   `json:"waited"`  // seconds that this request waited for the loop
	Setup      []Step    `json:"setup"`   // the prelude of this start, in order
}

// Output is what ctl prints to a standard descriptor, at most MaxOutput bytes of it.
type Output struct {
	To   int    `json:"to"` // 1 or 2
	Data []byte `json:"data"`
}

// MaxOutput is how many bytes one Output has at most: its reader has little room.
const MaxOutput = 3 << 10

// Exit is how ctl ends.
type Exit struct {
	Code int `json:"code"`
}

// Step is a step of the prelude of this start, or of the setup in it.
type Step struct {
	Name string `json:"name"` // such as "templates", or of the setup "requirements.txt"
	// Result is "done"; "unchanged": all was as it should be; "skipped", as prelude_skip says;
	// "running"; or "failed: " and why.
	Result  string  `json:"result"`
	Seconds float64 `json:"seconds"`
}

// Program is the state of one program.
type Program struct {
	Name       string    `json:"name"`
	Group      string    `json:"group"`
	FullName   string    `json:"full_name"` // as status shows it and requests take it
	State      string    `json:"state"`     // STOPPED STARTING RUNNING BACKOFF STOPPING EXITED FATAL UNKNOWN
	PID        int       `json:"pid,omitempty"`
	Done       bool      `json:"done,omitempty"` // work that ends, and has ended well
	Ready      bool      `json:"ready"`
	ReadySince time.Time `json:"ready_since,omitzero"`
	Started    time.Time `json:"started,omitzero"`    // the current or last process
	Ended      time.Time `json:"ended,omitzero"`      // the last process
	ExitCode   int       `json:"exit_code"`           // of the last process; -1: none has ended
	Exit       string    `json:"exit,omitempty"`      // how it ended, in words
	NextStart  time.Time `json:"next_start,omitzero"` // after a failure, or by its schedule
	Starts     int       `json:"starts"`
	Failures   int       `json:"failures"`              // in a row
	Why        string    `json:"why"`                   // one line for people: "pid 7, uptime 0:03:12", "next start in 4s: exit code 1"
	Reason     string    `json:"reason,omitempty"`      // what of why is no number, no time and no end: "no answer", "for db to be ready", "pre_start runs"
	LastEnd    string    `json:"last_end,omitempty"`    // how the last process ended or why it did not start, and who stopped it
	Waiting    string    `json:"waiting,omitempty"`     // at rest, for what it waits (WaitsPrograms and so on)
	WaitingFor []string  `json:"waiting_for,omitempty"` // full names: its dependency, what this waits for, and so on
	HookEnds   time.Time `json:"hook_ends,omitzero"`    // when the hook is ended that its start waits for
	Verdict    string    `json:"verdict,omitempty"`     // one sentence: why the last process ended badly, or did not start
	SpawnErr   string    `json:"spawn_error,omitempty"`
	Critical   bool      `json:"critical"`             // its final end is the container's
	Signal     int       `json:"signal,omitempty"`     // that ended the last process; 0: none did
	Restarts   int       `json:"restarts"`             // starts after the first one; those of a schedule are none
	Recent     int       `json:"restarts_last_hour"`   // those of the last 55 to 60 minutes
	Exits      []Exits   `json:"exits,omitempty"`      // of all processes so far
	StdoutLog  string    `json:"stdout_log,omitempty"` // path of the log file, the real one of AUTO; "": none
	StderrLog  string    `json:"stderr_log,omitempty"`
	Profile    string    `json:"profile,omitempty"` // what it is known as, such as "nginx"
	Reloads    bool      `json:"reloads,omitempty"` // it is known how it reads its own configuration again
}

// What a program at rest waits for that is to be started.
const (
	WaitsPrograms  = "programs"  // those that it depends on
	WaitsTurn      = "turn"      // others are started first
	WaitsContainer = "container" // another one runs it
)

// Exits is how many processes of a program have ended in one way.
type Exits struct {
	Code   int    `json:"code"`             // 128 + signal as well
	Signal string `json:"signal,omitempty"` // such as "SIGKILL"; "": it has exited
	Count  int    `json:"count"`
}

// Usage is what the processes of a program use: its main process and all that
// descend from it.
type Usage struct {
	Name        string  `json:"name"` // full; "": entry-point itself, without programs
	PID         int     `json:"pid"`  // of the main process
	Processes   int     `json:"processes"`
	CPU         float64 `json:"cpu_seconds"`  // of those that are there, and of the children that they have waited for; of entry-point its own
	Memory      int64   `json:"memory_bytes"` // resident
	Descriptors int     `json:"descriptors"`  // open; -1: not allowed to see
	Zombies     int     `json:"zombies,omitempty"`
}

// Config is what the configuration that was read last says of one program, in
// supervisord's terms.
type Config struct {
	Name           string       `json:"name"`
	Group          string       `json:"group"`
	FullName       string       `json:"full_name"`
	InUse          bool         `json:"in_use"` // the group is there
	Autostart      bool         `json:"autostart"`
	Autorestart    string       `json:"autorestart"` // true, false or unexpected
	Command        string       `json:"command"`
	Directory      string       `json:"directory,omitempty"`
	UID            int          `json:"uid"` // -1: ours
	ExitCodes      []int        `json:"exit_codes"`
	GroupPriority  int          `json:"group_priority"`
	Priority       int          `json:"priority"`
	RedirectStderr bool         `json:"redirect_stderr"`
	StartRetries   int          `json:"start_retries"`
	StartSecs      float64      `json:"start_secs"`
	StopSignal     int          `json:"stop_signal"` // the first of the ladder
	StopWaitSecs   float64      `json:"stop_wait_secs"`
	KillAsGroup    bool         `json:"kill_as_group"`
	Stdout         ConfigStream `json:"stdout"`
	Stderr         ConfigStream `json:"stderr"`
	ServerURL      string       `json:"server_url,omitempty"` // serverurl= of the program
}

// ConfigStream is where one output stream goes.
type ConfigStream struct {
	Logfile  string `json:"logfile,omitempty"` // a path, "auto", or "": none
	MaxBytes int64  `json:"max_bytes"`
	Backups  int    `json:"backups"`
	Capture  int64  `json:"capture_max_bytes"`
	Events   bool   `json:"events"`
	Syslog   bool   `json:"syslog"`
}

// Result is what became of an action upon one program.
type Result struct {
	Name     string `json:"name"`
	Group    string `json:"group"`
	Status   string `json:"status"` // OK, or a code
	Text     string `json:"text,omitempty"`
	SpawnErr string `json:"spawn_error,omitempty"` // of a start: why the command cannot be executed, in supervisord's words
}

// The codes of results and errors. Those of programs are supervisord's faults.
const (
	OK              = "ok"
	BadRequest      = "bad-request"
	NoProgram       = "no-such-program"  // BAD_NAME
	NoGroup         = "no-such-group"    // BAD_NAME
	BadSignal       = "bad-signal"       // BAD_SIGNAL
	NoFile          = "no-file"          // NO_FILE
	NotExecutable   = "not-executable"   // NOT_EXECUTABLE
	Failed          = "failed"           // FAILED
	Abnormal        = "ended-too-early"  // ABNORMAL_TERMINATION
	SpawnError      = "cannot-start"     // SPAWN_ERROR
	AlreadyStarted  = "already-started"  // ALREADY_STARTED
	NotRunning      = "not-running"      // NOT_RUNNING
	AlreadyAdded    = "already-added"    // ALREADY_ADDED
	StillRunning    = "still-running"    // STILL_RUNNING
	BadConfig       = "bad-config"       // CANT_REREAD
	ShuttingDown    = "shutting-down"    // SHUTDOWN_STATE
	NoLog           = "no-log"           // NO_FILE, of a log
	TooManyRequests = "too-many-clients" // nothing of supervisord's
	NotAllowed      = "not-allowed"      // neither
)

// Changes are the full names of the programs that a reload touches, and the names
// of the groups as supervisord tells them: those that are there with one member
// more, less or different are changed.
type Changes struct {
	Added         []string `json:"added"`
	Changed       []string `json:"changed"`
	Removed       []string `json:"removed"`
	AddedGroups   []string `json:"added_groups"`
	ChangedGroups []string `json:"changed_groups"`
	RemovedGroups []string `json:"removed_groups"`
	Rendered      []string `json:"rendered"` // programs that use files which templates have made anew
}

// Log is a piece of what a program has printed, or of the main log (Name is "").
// Offset and Size are those of the file, or of all that the program has printed
// where there is no file and only the last of it is kept.
type Log struct {
	Name   string `json:"name"`
	Stream string `json:"stream,omitempty"`
	Data   []byte `json:"data"`             // base64 in JSON: it may be no text
	Offset int64  `json:"offset,omitempty"` // of "read": where data begins
	Size   int64  `json:"size,omitempty"`   // of "read": the whole log
	File   string `json:"file,omitempty"`   // of "read": which file it is; another one after a rotation
}

// Event is one thing that has happened to a program, or to the container.
type Event struct {
	Time    time.Time `json:"time"`
	Program string    `json:"program,omitempty"`
	From    string    `json:"from,omitempty"` // states
	To      string    `json:"to,omitempty"`
	Text    string    `json:"text"`
	Bad     bool      `json:"bad,omitempty"` // the end of a process that nobody wanted, or a start that has failed
	By      string    `json:"by,omitempty"`  // who has asked for it, such as "root (ctl)"; "": nobody, or it is not known
}

// Detail is what somebody wants to know who looks at one program, beyond its state.
type Detail struct {
	Name        string   `json:"name"`               // full
	Settings    []string `json:"settings"`           // what the files say of it now, as "FILE:LINE: [SECTION] KEY = VALUE", with nothing expanded
	Problem     string   `json:"problem,omitempty"`  // why the settings are not known
	Outdated    bool     `json:"outdated,omitempty"` // it runs with other ones, until the configuration is read again
	Environment []string `json:"environment"`        // names of the variables that the configuration gives it, in their order
	Inherited   []string `json:"inherited"`          // of those that it has from entry-point
	Probes      []*Probe `json:"probes"`
}

// Probe is a question that a program is asked, and what it has answered last.
type Probe struct {
	Kind   string    `json:"kind"`             // "ready" or "live"
	Probe  string    `json:"probe"`            // as the configuration has it
	Time   time.Time `json:"time,omitzero"`    // of the answer; zero: its process has not been asked
	Answer string    `json:"answer,omitempty"` // what was wrong; "": nothing, or there was none
}

// Health is whether the container does what it is for.
type Health struct {
	Ready    bool     `json:"ready"`
	Waiting  []string `json:"waiting"`            // programs that are not up or not ready
	Stopping bool     `json:"stopping,omitempty"` // the container was asked to end: its programs drain, or stop
}

// Error is why a request was not carried out.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }
