package control

import "time"

// Version is that of the protocol.
const Version = 1

// Request is one line of a client.
type Request struct {
	Do     string   `json:"do"`
	Names  []string `json:"names,omitempty"`
	Wait   bool     `json:"wait,omitempty"`   // for the result, not only for the signal
	Signal string   `json:"signal,omitempty"` // "HUP", "SIGHUP" or "1"
	Stream string   `json:"stream,omitempty"` // "stdout" or "stderr"; "": both, for "logs"
	Lines  int      `json:"lines,omitempty"`  // of "logs": how many of the last ones; 0: 10
	Follow bool     `json:"follow,omitempty"`
	Offset int64    `json:"offset,omitempty"` // of "read": bytes; negative: from the end
	Length int64    `json:"length,omitempty"` // 0: to the end
}

// Answer is one line of the server; one of its members is set.
type Answer struct {
	Info    *Info    `json:"info,omitempty"`
	Program *Program `json:"program,omitempty"`
	Result  *Result  `json:"result,omitempty"`
	Changes *Changes `json:"changes,omitempty"`
	Log     *Log     `json:"log,omitempty"`
	Event   *Event   `json:"event,omitempty"`
	Health  *Health  `json:"health,omitempty"`
	Lost    int      `json:"lost,omitempty"` // answers that the client was too slow for
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
	State      string    `json:"state"` // RUNNING or SHUTDOWN
	Started    time.Time `json:"started"`
	Source     string    `json:"source"` // of the configuration
	Programs   int       `json:"programs"`
	Orphans    int       `json:"orphans"` // reaped
}

// Program is the state of one program.
type Program struct {
	Name      string    `json:"name"`
	Group     string    `json:"group"`
	FullName  string    `json:"full_name"` // as status shows it and requests take it
	State     string    `json:"state"`     // STOPPED STARTING RUNNING BACKOFF STOPPING EXITED FATAL UNKNOWN
	PID       int       `json:"pid,omitempty"`
	Ready     bool      `json:"ready"`
	Started   time.Time `json:"started,omitzero"` // the current or last process
	Ended     time.Time `json:"ended,omitzero"`   // the last process
	ExitCode  int       `json:"exit_code"`        // of the last process; -1: none has ended
	Exit      string    `json:"exit,omitempty"`   // how it ended, in words
	NextStart time.Time `json:"next_start,omitzero"`
	Starts    int       `json:"starts"`
	Failures  int       `json:"failures"` // in a row
	Why       string    `json:"why"`      // one line for people: "pid 7, uptime 0:03:12", "next start in 4s: exit code 1"
	SpawnErr  string    `json:"spawn_error,omitempty"`
	Critical  bool      `json:"critical"` // its final end is the container's
}

// Result is what became of an action upon one program.
type Result struct {
	Name   string `json:"name"`
	Group  string `json:"group"`
	Status string `json:"status"` // OK, or a code
	Text   string `json:"text,omitempty"`
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
	BadConfig       = "bad-config"       // CANT_REREAD
	ShuttingDown    = "shutting-down"    // SHUTDOWN_STATE
	NoLog           = "no-log"           // NO_FILE, of a log
	TooManyRequests = "too-many-clients" // nothing of supervisord's
	NotAllowed      = "not-allowed"      // neither
)

// Changes are the names of the programs that a reload touches.
type Changes struct {
	Added   []string `json:"added"`
	Changed []string `json:"changed"`
	Removed []string `json:"removed"`
}

// Log is a piece of what a program has printed.
type Log struct {
	Name   string `json:"name"`
	Stream string `json:"stream"`
	Data   []byte `json:"data"` // base64 in JSON: it may be no text
}

// Event is one thing that has happened to a program, or to the container.
type Event struct {
	Time    time.Time `json:"time"`
	Program string    `json:"program,omitempty"`
	From    string    `json:"from,omitempty"` // states
	To      string    `json:"to,omitempty"`
	Text    string    `json:"text"`
}

// Health is whether the container does what it is for.
type Health struct {
	Ready   bool     `json:"ready"`
	Waiting []string `json:"waiting"` // programs that are not up or not ready
}

// Error is why a request was not carried out.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }
