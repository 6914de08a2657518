package program

import (
	"syscall"
	"time"

	"entrypoint/config"
)

// State is one of supervisord's process states.
type State int

// The states; doc.go says what each means.
const (
	Stopped State = iota
	Starting
	Running
	Backoff
	Stopping
	Exited
	Fatal
	Unknown
)

var stateNames = [...]string{"STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN"}

func (s State) String() string { return stateNames[s] }

// Program is the whole supervision state of one program, a value.
type Program struct {
	Config *config.Program // the policy; never changed

	State    State
	desired  Desired         // what it is to become; only Step changes it
	next     *config.Program // takes the place of Config as soon as the program is at rest; nil: none does
	Deadline time.Time       // when the state has waited long enough; zero: it does not wait

	PID       int       // of the main process; 0: none
	Group     int       // process group of the current or last incarnation: its main process's pid; 0: none yet
	StartedAt time.Time // of the current or last incarnation

	Ready      bool      // the process does what the program is for; only while STARTING or RUNNING
	ReadySince time.Time // since when; zero: it is not ready

	Failures int    // starts that failed in a row: ended before they had succeeded, or could not be started
	Delays   int    // tries in a row to start it that the container had no room for
	Restarts int    // ends in a row of incarnations that were up, but not for Stable
	Seed     uint64 // of the jitter of the next wait
	Proven   bool   // the current or last incarnation has become ready (event Ready)

	// What restart_limit counts; see limit.go.
	Ran     time.Duration    // how long incarnations were up, together
	Crashes *[]time.Duration // by Ran, when those crashed that are not forgotten; never changed in place
	Limited bool             // it was given up because there were too many

	// Of hooks (hook.go).
	Hook     Hook          // that the program waits for
	HookRung uint8         // what has been done to end it: 0 nothing, 1 SIGTERM, 2 SIGKILL
	Omitted  Hook          // that the last step has left out, because the stop has no time for it
	Reserved bool          // some of the time until Limit is kept for the post_stop hook
	Lasted   time.Duration // how long the last incarnation was up; 0 while one is

	// The last end.
	Status  syscall.WaitStatus // of the main process
	Code    int                // exit code that stands for it
	Killed  bool               // the last stop needed SIGKILL
	Skipped bool               // there was none: it was not started, and Code stands for that

	// While STOPPING.
	StopRequested bool      // someone asked for it, so the end is STOPPED, unless Desired says otherwise
	Early         bool      // the start has failed: the main process ended before that, or is stopped because it does not become ready
	Ill           bool      // it is stopped because it does not do its work any more, which counts as a crash
	Rung          int       // of the stop ladder, the one that was sent
	By            time.Time // when the last rung has been sent at the latest; zero: as the ladder says
	Limit         time.Time // when SIGKILL is due at the latest; zero: as the ladder says

	Last bool // the container is ending: nothing starts any more
}

// Up says whether the program has a process that was not asked to end.
func (p *Program) Up() bool { return p.PID != 0 && (p.State == Starting || p.State == Running) }

// Kind is the kind of an event.
type Kind int

// The events. Those in the first group ask for something, the others report.
const (
	Start     Kind = iota // start it, if it is not up or on its way; once it has stopped, if it is being stopped
	Await                 // start it as soon as everything that it depends on is as far as it has to be; where it is up, once more after its end
	Stop                  // stop it; By and Limit may bound how long that takes
	Restart               // stop it if it is up, and start it
	Configure             // it has another configuration, Config: stop it, and start it with that if it was up or has autostart
	Remove                // the configuration does not have it any more: stop it, and forget it
	Kill                  // it is being stopped: do not wait any longer
	Fail                  // it is of no use: stop it, and give it up
	Late                  // it does not become ready: stop it; that is a start that has failed
	Sick                  // it does not do its work any more: stop it, and start it again
	Retire                // the container is ending: do not start it again
	Skip                  // it is not started: its work has been done before (Code 0), or cannot be

	Spawned      // the process was started; PID
	SpawnFailed  // it could not be; Code
	SpawnDelayed // it could not be now, and that is not its fault: the container has no process, memory or descriptor left
	SignalFailed // the kernel refuses to signal it
	Ready        // the process is ready: its probe has succeeded, or it says so itself
	NotReady     // it says that it is not ready any more, which is no failure
	HookStarted  // the hook was started
	HookEnded    // the hook has ended, or could not be started; Code: 0 if the program may go on
	Died         // the main process has ended; Status, Code, and Left if its process group lives on
	Emptied      // the process group has lost its last member
	Tick         // time has passed
)

// Event is something that happens to a program.
type Event struct {
	Kind   Kind
	PID    int
	Status syscall.WaitStatus
	Code   int
	Left   bool
	Config *config.Program // of Configure
	By     time.Time       // of Stop: when the ladder has come to its last signal
	Limit  time.Time       // of Stop: when SIGKILL is due at the latest
}

// ActionKind is what the loop has to do after a step.
type ActionKind int

// The actions.
const (
	Nothing     ActionKind = iota
	Spawn                  // start the process, then report Spawned, SpawnFailed or SpawnDelayed
	Signal                 // send Signal to the main process
	SignalGroup            // send Signal to the process group
	RunHook                // start Hook, then report HookStarted, HookEnded or (PreStart) SpawnDelayed
	SignalHook             // send Signal to the process group of the hook
	SignalRest             // send Signal to what the main process has left of its group, to each process whose parent is gone
)

// Action is what the loop has to do after a step.
type Action struct {
	Kind   ActionKind
	Signal syscall.Signal
}
