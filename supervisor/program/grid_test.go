package program

import (
	"math"
	"syscall"
	"testing"
	"time"

	"entrypoint/config"
)

var (
	t0      = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	exited3 = syscall.WaitStatus(3 << 8)
	killed9 = syscall.WaitStatus(9)
)

// policy is what the grid's programs are configured with.
func policy() *config.Program {
	return &config.Program{
		Name: "web", Autorestart: config.RestartUnexpected, ExitCodes: []int{0},
		StartSecs: time.Second, StartRetries: 2, RestartMax: time.Minute, KillAsGroup: true,
		StopSignals: []config.StopSignal{{Signal: syscall.SIGQUIT, Wait: 4 * time.Second}, {Signal: syscall.SIGTERM, Wait: 2 * time.Second}},
	}
}

// The programs of the grid, one for each state and for each way of being in it.
func situations() map[string]Program {
	c := policy()
	stopping := Program{
		Config: c, State: Stopping, PID: 7, Group: 7, StartedAt: t0.Add(-time.Hour),
		Deadline: t0.Add(time.Second), StopRequested: true,
	}
	lastRung := stopping
	lastRung.Rung = 1
	clearing := stopping // the main process is gone, its group is not
	clearing.PID, clearing.StopRequested, clearing.Rung, clearing.Status, clearing.Code = 0, false, 1, exited3, 3
	clearing.desired = Kept
	early := clearing
	early.Early, early.Failures = true, 1
	again := stopping
	again.desired = Again
	failing := stopping
	failing.desired = GivenUp
	unready := policy() // a server that is asked whether it is ready
	unready.Ready = config.Probe{Kind: config.ProbeTCP, Address: "127.0.0.1:8000"}
	late := stopping // it was not ready in time
	late.Config, late.Early, late.Failures, late.desired = unready, true, 1, Kept
	sick := stopping // its health check has failed
	sick.Config, sick.Ill, sick.Proven, sick.desired = unready, true, true, Kept
	ready := func(p Program) Program {
		p.Ready, p.ReadySince = true, t0.Add(-time.Minute)
		return p
	}
	hooks := policy()
	hooks.Hooks = &config.Hooks{PreStart: []string{"a"}, PreStop: []string{"b"}, PostStop: []string{"c"}, Timeout: 30 * time.Second}
	preStart := Program{Config: hooks, State: Starting, desired: Kept, Hook: PreStart, Deadline: t0.Add(time.Second)}
	lateHook := preStart // it has got SIGTERM
	lateHook.HookRung = 1
	noRoom := preStart // for the hook
	noRoom.Delays = 1
	prepared := noRoom // no room for the process
	prepared.Hook = NoHook
	ending := preStart // the hook is in vain
	ending.State, ending.StopRequested, ending.HookRung, ending.desired = Stopping, true, 1, Down
	preStop := stopping
	preStop.Config, preStop.Hook = hooks, PreStop
	ended := preStop // while its hook runs
	ended.PID, ended.Lasted = 0, time.Hour
	postStop := early
	postStop.Config, postStop.Hook = hooks, PostStop
	return map[string]Program{
		"HOOKS STOPPED":     {Config: hooks, State: Stopped},
		"HOOKS RUNNING":     ready(Program{Config: hooks, State: Running, desired: Kept, PID: 7, StartedAt: t0.Add(-time.Hour)}),
		"HOOKS STARTING":    {Config: hooks, State: Starting, desired: Kept, PID: 7, StartedAt: t0, Deadline: t0.Add(time.Second)},
		"HOOKS STOPPING":    {Config: hooks, State: Stopping, desired: Kept, Group: 7, Rung: 1, StartedAt: t0.Add(-time.Hour), Lasted: time.Hour, Status: exited3, Code: 3, Deadline: t0.Add(time.Second)},
		"HOOKS unborn":      {Config: hooks, State: Starting, desired: Kept, Hook: PreStart},
		"pre_start":         preStart,
		"pre_start late":    lateHook,
		"pre_start delayed": noRoom,
		"prepared, delayed": prepared,
		"pre_start in vain": ending,
		"pre_stop":          preStop,
		"pre_stop, ended":   ended,
		"post_stop":         postStop,
		"STOPPED":           {Config: c, State: Stopped},
		"STARTING unborn":   {Config: c, State: Starting, desired: Kept},
		"STARTING delayed":  {Config: c, State: Starting, desired: Kept, Failures: 1, Delays: 1, Deadline: t0.Add(time.Second)},
		"STARTING":          {Config: c, State: Starting, desired: Kept, PID: 7, StartedAt: t0, Deadline: t0.Add(time.Second)},
		"STARTING ready":    ready(Program{Config: unready, State: Starting, desired: Kept, PID: 7, StartedAt: t0, Deadline: t0.Add(time.Second), Proven: true}),
		"RUNNING":           ready(Program{Config: c, State: Running, desired: Kept, PID: 7, StartedAt: t0.Add(-time.Hour)}),
		"RUNNING unready":   {Config: unready, State: Running, desired: Kept, PID: 7, StartedAt: t0.Add(-time.Hour), Failures: 1},
		"RUNNING ready":     ready(Program{Config: unready, State: Running, desired: Kept, PID: 7, StartedAt: t0.Add(-time.Hour), Proven: true}),
		"RUNNING reloads":   {Config: unready, State: Running, desired: Kept, PID: 7, StartedAt: t0.Add(-time.Hour), Proven: true},
		"STOPPING late":     late,
		"STOPPING sick":     sick,
		"BACKOFF":           {Config: c, State: Backoff, desired: Kept, Failures: 1, Deadline: t0.Add(time.Second)},
		"STOPPING":          stopping,
		"STOPPING at last":  lastRung,
		"STOPPING group":    clearing,
		"STOPPING early":    early,
		"STOPPING again":    again,
		"STOPPING failing":  failing,
		"EXITED":            {Config: c, State: Exited},
		"FATAL":             {Config: c, State: Fatal, Failures: 3},
		"UNKNOWN":           {Config: c, State: Unknown, PID: 7, Group: 7, StartedAt: t0.Add(-time.Hour), StopRequested: true},
	}
}

// other is another configuration, which starts nothing by itself.
var other = policy()

// The events of the grid.
var events = map[string]Event{
	"Start":       {Kind: Start},
	"Stop":        {Kind: Stop},
	"Restart":     {Kind: Restart},
	"Fail":        {Kind: Fail},
	"Skip":        {Kind: Skip},
	"Await":       {Kind: Await},
	"Configure":   {Kind: Configure, Config: other},
	"Remove":      {Kind: Remove},
	"Late":        {Kind: Late},
	"Sick":        {Kind: Sick},
	"Ready":       {Kind: Ready},
	"NotReady":    {Kind: NotReady},
	"Kill":        {Kind: Kill},
	"Retire":      {Kind: Retire},
	"Spawned":     {Kind: Spawned, PID: 8},
	"No signal":   {Kind: SignalFailed},
	"SpawnFailed": {Kind: SpawnFailed, Code: 127},
	"No room":     {Kind: SpawnDelayed},
	"Hook runs":   {Kind: HookStarted},
	"Hook 0":      {Kind: HookEnded},
	"Hook 4":      {Kind: HookEnded, Code: 4},
	"Died 0":      {Kind: Died},
	"Died 3":      {Kind: Died, Status: exited3, Code: 3},
	"Died KILL":   {Kind: Died, Status: killed9, Code: 137},
	"Died, left":  {Kind: Died, Status: exited3, Code: 3, Left: true},
	"Emptied":     {Kind: Emptied},
	"Tick early":  {Kind: Tick},
	"Tick due":    {Kind: Tick},
}

// cell is what one step leads to. Deadline is seconds after the event, 0: none.
type cell struct {
	state    State
	action   Action
	deadline float64
}

var (
	spawnIt  = Action{Kind: Spawn}
	nothing  = Action{}
	quitMain = Action{Signal, syscall.SIGQUIT}
	termMain = Action{Signal, syscall.SIGTERM}
	termRest = Action{SignalRest, syscall.SIGTERM}
	killAll  = Action{SignalGroup, syscall.SIGKILL}
	quitRest = Action{SignalRest, syscall.SIGQUIT}
	runHook  = Action{Kind: RunHook}
	termHook = Action{SignalHook, syscall.SIGTERM}
	killHook = Action{SignalHook, syscall.SIGKILL}
)

// grid has a row for every situation and in it a cell for every event that
// means something there; all other events must change nothing. Waits are without
// their jitter, which TestJitter looks at. Retire is said everywhere, so it
// stands only where it changes more than that.
var grid = map[string]map[string]cell{
	"STOPPED": {
		"Start":     {Starting, spawnIt, 0},
		"Restart":   {Starting, spawnIt, 0},
		"Skip":      {Exited, nothing, 0},
		"Await":     {Stopped, nothing, 0}, // Up now
		"Configure": {Stopped, nothing, 0}, // it has a next configuration now
		"Remove":    {Stopped, nothing, 0}, // Gone now
	},
	"EXITED": {
		"Start":     {Starting, spawnIt, 0},
		"Restart":   {Starting, spawnIt, 0},
		"Skip":      {Exited, nothing, 0},
		"Await":     {Exited, nothing, 0}, // Up now
		"Configure": {Exited, nothing, 0}, // it has a next configuration now
		"Remove":    {Exited, nothing, 0}, // Gone now
	},
	"FATAL": {
		"Start":     {Starting, spawnIt, 0},
		"Restart":   {Starting, spawnIt, 0},
		"Skip":      {Exited, nothing, 0},
		"Await":     {Fatal, nothing, 0}, // Up now
		"Configure": {Fatal, nothing, 0}, // it has a next configuration now
		"Remove":    {Fatal, nothing, 0}, // Gone now
	},
	"STARTING unborn": {
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Backoff, nothing, 1},
		"No room":     {Starting, nothing, 0.1},
		"Stop":        {Stopped, nothing, 0},
		"Restart":     {Starting, spawnIt, 0}, // cannot come; must not hang
		"Fail":        {Stopped, nothing, 0},  // likewise
		"Late":        {Stopped, nothing, 0},
		"Sick":        {Stopped, nothing, 0},
		"Died 0":      {Backoff, nothing, 1}, // likewise
		"Died 3":      {Backoff, nothing, 1},
		"Died KILL":   {Backoff, nothing, 1},
		"Died, left":  {Stopping, termRest, 2},
		"Await":       {Starting, nothing, 0}, // once more after its end
		"Configure":   {Stopped, nothing, 0},
		"Remove":      {Stopped, nothing, 0},
	},
	"STARTING delayed": {
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Backoff, nothing, 2},
		"No room":     {Starting, nothing, 0.2},
		"Stop":        {Stopped, nothing, 0},
		"Restart":     {Starting, spawnIt, 0},
		"Fail":        {Stopped, nothing, 0}, // cannot come
		"Late":        {Stopped, nothing, 0},
		"Sick":        {Stopped, nothing, 0},
		"Retire":      {Stopped, nothing, 0},
		"Tick due":    {Starting, spawnIt, 0},
		"Died 0":      {Backoff, nothing, 2}, // cannot come
		"Died 3":      {Backoff, nothing, 2},
		"Died KILL":   {Backoff, nothing, 2},
		"Died, left":  {Stopping, termRest, 2},
		"Await":       {Starting, nothing, 1}, // once more after its end
		"Configure":   {Stopped, nothing, 0},
		"Remove":      {Stopped, nothing, 0},
	},
	"STARTING": {
		"No room":     {Starting, nothing, 0.1}, // it has ended before its execve
		"Stop":        {Stopping, quitMain, 4},
		"Restart":     {Stopping, quitMain, 4},
		"Fail":        {Stopping, quitMain, 4},
		"Late":        {Stopping, quitMain, 4},
		"Sick":        {Stopping, quitMain, 4},
		"Ready":       {Starting, nothing, 1}, // cannot come without a probe
		"Spawned":     {Starting, nothing, 1}, // cannot come twice
		"SpawnFailed": {Backoff, nothing, 1},
		"Died 0":      {Backoff, nothing, 1}, // too quick, whatever its code
		"Died 3":      {Backoff, nothing, 1},
		"Died KILL":   {Backoff, nothing, 1},
		"Died, left":  {Stopping, termRest, 2},
		"Tick due":    {Running, nothing, 0},
		"Await":       {Starting, nothing, 1}, // once more after its end
		"Configure":   {Stopping, quitMain, 4},
		"Remove":      {Stopping, quitMain, 4},
	},
	"STARTING ready": {
		"Stop":        {Stopping, quitMain, 4},
		"Restart":     {Stopping, quitMain, 4},
		"Fail":        {Stopping, quitMain, 4},
		"Late":        {Stopping, quitMain, 4},
		"Sick":        {Stopping, quitMain, 4},
		"NotReady":    {Starting, nothing, 1},
		"Spawned":     {Starting, nothing, 1}, // cannot come twice
		"SpawnFailed": {Backoff, nothing, 1},
		"Died 0":      {Backoff, nothing, 1}, // not up for startsecs
		"Died 3":      {Backoff, nothing, 1},
		"Died KILL":   {Backoff, nothing, 1},
		"Died, left":  {Stopping, termRest, 2},
		"Tick due":    {Running, nothing, 0},
		"Await":       {Starting, nothing, 1}, // once more after its end
		"Configure":   {Stopping, quitMain, 4},
		"Remove":      {Stopping, quitMain, 4},
	},
	"RUNNING": {
		"Stop":       {Stopping, quitMain, 4},
		"Restart":    {Stopping, quitMain, 4},
		"Fail":       {Stopping, quitMain, 4},
		"Late":       {Stopping, quitMain, 4},
		"Sick":       {Stopping, quitMain, 4},
		"Ready":      {Running, nothing, 0}, // cannot come without a probe
		"NotReady":   {Running, nothing, 0}, // likewise
		"Died 0":     {Exited, nothing, 0},
		"Died 3":     {Starting, spawnIt, 0}, // the first end after an hour: at once
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termRest, 2},
		"Await":      {Running, nothing, 0}, // once more after its end
		"Configure":  {Stopping, quitMain, 4},
		"Remove":     {Stopping, quitMain, 4},
	},
	"RUNNING ready": {
		"Stop":       {Stopping, quitMain, 4},
		"Restart":    {Stopping, quitMain, 4},
		"Fail":       {Stopping, quitMain, 4},
		"Late":       {Stopping, quitMain, 4},
		"Sick":       {Stopping, quitMain, 4},
		"NotReady":   {Running, nothing, 0},
		"Died 0":     {Exited, nothing, 0},
		"Died 3":     {Starting, spawnIt, 0},
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termRest, 2},
		"Await":      {Running, nothing, 0}, // once more after its end
		"Configure":  {Stopping, quitMain, 4},
		"Remove":     {Stopping, quitMain, 4},
	},
	"RUNNING reloads": { // it was ready, and says that it is not now
		"Stop":       {Stopping, quitMain, 4},
		"Restart":    {Stopping, quitMain, 4},
		"Fail":       {Stopping, quitMain, 4},
		"Late":       {Stopping, quitMain, 4},
		"Sick":       {Stopping, quitMain, 4},
		"Ready":      {Running, nothing, 0},
		"Died 0":     {Exited, nothing, 0},
		"Died 3":     {Starting, spawnIt, 0},
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termRest, 2},
		"Await":      {Running, nothing, 0}, // once more after its end
		"Configure":  {Stopping, quitMain, 4},
		"Remove":     {Stopping, quitMain, 4},
	},
	"RUNNING unready": {
		"Stop":       {Stopping, quitMain, 4},
		"Restart":    {Stopping, quitMain, 4},
		"Fail":       {Stopping, quitMain, 4},
		"Late":       {Stopping, quitMain, 4},
		"Sick":       {Stopping, quitMain, 4},
		"Ready":      {Running, nothing, 0}, // the start has succeeded
		"Died 0":     {Backoff, nothing, 2}, // its second start that has failed, though it took an hour
		"Died 3":     {Backoff, nothing, 2},
		"Died KILL":  {Backoff, nothing, 2},
		"Died, left": {Stopping, termRest, 2},
		"Await":      {Running, nothing, 0}, // once more after its end
		"Configure":  {Stopping, quitMain, 4},
		"Remove":     {Stopping, quitMain, 4},
	},
	"BACKOFF": {
		"Stop":      {Stopped, nothing, 0},
		"Restart":   {Starting, spawnIt, 0},
		"Retire":    {Fatal, nothing, 0},
		"Tick due":  {Starting, spawnIt, 0},
		"Await":     {Backoff, nothing, 1}, // once more after its end
		"Configure": {Stopped, nothing, 0},
		"Remove":    {Stopped, nothing, 0},
	},
	"STOPPING": {
		"Start":      {Stopping, nothing, 1}, // to be started again now
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Stopped, nothing, 0},
		"Died 3":     {Stopped, nothing, 0},
		"Died KILL":  {Stopped, nothing, 0},
		"Died, left": {Stopping, termRest, 1},
		"Tick due":   {Stopping, termMain, 2},
		"Await":      {Stopping, nothing, 1}, // Up now
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1}, // Gone now
	},
	"STOPPING at last": {
		"Start":      {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Stopped, nothing, 0},
		"Died 3":     {Stopped, nothing, 0},
		"Died KILL":  {Stopped, nothing, 0},
		"Died, left": {Stopping, termRest, 1},
		"Tick due":   {Stopping, killAll, 1},
		"Await":      {Stopping, nothing, 1}, // Up now
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1}, // Gone now
	},
	"STOPPING group": {
		"Start":      {Stopping, nothing, 1}, // to be started again now
		"Stop":       {Stopping, nothing, 1}, // StopRequested now
		"Restart":    {Stopping, nothing, 1}, // both
		"Kill":       {Stopping, killAll, 1},
		"Died 0":     {Exited, nothing, 0}, // cannot come; its code would decide
		"Died 3":     {Starting, spawnIt, 0},
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termRest, 1},
		"Emptied":    {Starting, spawnIt, 0},
		"Tick due":   {Stopping, killAll, 1},
		"Await":      {Stopping, nothing, 1}, // Up now
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1}, // Gone now
	},
	"STOPPING early": {
		"Start":      {Stopping, nothing, 1},
		"Stop":       {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"Died 0":     {Backoff, nothing, 1}, // cannot come
		"Died 3":     {Backoff, nothing, 1},
		"Died KILL":  {Backoff, nothing, 1},
		"Died, left": {Stopping, termRest, 1},
		"Emptied":    {Backoff, nothing, 1},
		"Tick due":   {Stopping, killAll, 1},
		"Await":      {Stopping, nothing, 1}, // Up now
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1}, // Gone now
	},
	"STOPPING again": {
		"Stop":       {Stopping, nothing, 1}, // to stay down now
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Starting, spawnIt, 0},
		"Died 3":     {Starting, spawnIt, 0},
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termRest, 1},
		"Tick due":   {Stopping, termMain, 2},
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1}, // Gone now
	},
	"STOPPING late": {
		"Start":      {Stopping, nothing, 1}, // to be started again now
		"Stop":       {Stopping, nothing, 1}, // asked for now, so STOPPED
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Backoff, nothing, 1},
		"Died 3":     {Backoff, nothing, 1},
		"Died KILL":  {Backoff, nothing, 1},
		"Died, left": {Stopping, termRest, 1},
		"Tick due":   {Stopping, termMain, 2},
		"Await":      {Stopping, nothing, 1}, // Up now
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1}, // Gone now
	},
	"STOPPING sick": {
		"Start":      {Stopping, nothing, 1},
		"Stop":       {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Starting, spawnIt, 0},
		"Died 3":     {Starting, spawnIt, 0},
		"Died KILL":  {Starting, spawnIt, 0},
		"Died, left": {Stopping, termRest, 1},
		"Tick due":   {Stopping, termMain, 2},
		"Await":      {Stopping, nothing, 1}, // Up now
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1}, // Gone now
	},
	"STOPPING failing": {
		"Start":      {Stopping, nothing, 1}, // to be started again now
		"Stop":       {Stopping, nothing, 1}, // asked for now, so STOPPED
		"Restart":    {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Died 0":     {Fatal, nothing, 0},
		"Died 3":     {Fatal, nothing, 0},
		"Died KILL":  {Fatal, nothing, 0},
		"Died, left": {Stopping, termRest, 1},
		"Tick due":   {Stopping, termMain, 2},
		"Await":      {Stopping, nothing, 1}, // Up now
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1}, // Gone now
	},
	"UNKNOWN": {
		"Stop":       {Stopping, quitMain, 4},
		"Restart":    {Stopping, quitMain, 4},
		"Died 0":     {Stopped, nothing, 0},
		"Died 3":     {Stopped, nothing, 0},
		"Died KILL":  {Stopped, nothing, 0},
		"Died, left": {Stopped, nothing, 0}, // nothing can be done to those that are left
		"Await":      {Unknown, nothing, 0}, // Up now
		"Configure":  {Stopping, quitMain, 4},
		"Remove":     {Stopping, quitMain, 4},
	},

	// With hooks.
	"HOOKS RUNNING": {
		"Await":      {Running, nothing, 0},
		"Stop":       {Stopping, runHook, 30},
		"Restart":    {Stopping, runHook, 30},
		"Configure":  {Stopping, runHook, 30},
		"Remove":     {Stopping, runHook, 30},
		"Fail":       {Stopping, runHook, 30},
		"Late":       {Stopping, runHook, 30},
		"Sick":       {Stopping, runHook, 30},
		"Ready":      {Running, nothing, 0},
		"NotReady":   {Running, nothing, 0},
		"Died 0":     {Stopping, runHook, 30}, // no pre_stop: nobody has stopped it
		"Died 3":     {Stopping, runHook, 30},
		"Died KILL":  {Stopping, runHook, 30},
		"Died, left": {Stopping, termRest, 2},
	},
	"HOOKS STARTING": {
		"No room":     {Starting, nothing, 0.1}, // it has ended before its execve
		"Await":       {Starting, nothing, 1},
		"Stop":        {Stopping, runHook, 30},
		"Restart":     {Stopping, runHook, 30},
		"Configure":   {Stopping, runHook, 30},
		"Remove":      {Stopping, runHook, 30},
		"Fail":        {Stopping, runHook, 30},
		"Late":        {Stopping, runHook, 30},
		"Sick":        {Stopping, runHook, 30},
		"Ready":       {Starting, nothing, 1},
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Stopping, runHook, 30}, // cannot come twice
		"Died 0":      {Stopping, runHook, 30},
		"Died 3":      {Stopping, runHook, 30},
		"Died KILL":   {Stopping, runHook, 30},
		"Died, left":  {Stopping, termRest, 2},
		"Tick due":    {Running, nothing, 0},
	},
	"HOOKS STOPPED": {
		"Start":     {Starting, runHook, 0},
		"Await":     {Stopped, nothing, 0},
		"Restart":   {Starting, runHook, 0},
		"Configure": {Stopped, nothing, 0},
		"Remove":    {Stopped, nothing, 0},
		"Skip":      {Exited, nothing, 0},
	},
	"HOOKS STOPPING": {
		"Start":      {Stopping, nothing, 1},
		"Await":      {Stopping, nothing, 1},
		"Stop":       {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"Died 0":     {Stopping, runHook, 30},
		"Died 3":     {Stopping, runHook, 30},
		"Died KILL":  {Stopping, runHook, 30},
		"Died, left": {Stopping, termRest, 1},
		"Emptied":    {Stopping, runHook, 30},
		"Tick due":   {Stopping, killAll, 1},
	},
	"HOOKS unborn": {
		"Await":       {Starting, nothing, 0},
		"Stop":        {Stopping, termHook, 2},
		"Restart":     {Stopping, termHook, 2},
		"Configure":   {Stopping, termHook, 2},
		"Remove":      {Stopping, termHook, 2},
		"Fail":        {Stopping, termHook, 2},
		"Late":        {Stopping, termHook, 2},
		"Sick":        {Stopping, termHook, 2},
		"Retire":      {Stopping, termHook, 2},
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Stopping, runHook, 30},
		"No room":     {Starting, nothing, 0.1},
		"Hook runs":   {Starting, nothing, 30},
		"Hook 0":      {Starting, spawnIt, 0},
		"Hook 4":      {Stopping, runHook, 30},
		"Died 0":      {Stopping, runHook, 30},
		"Died 3":      {Stopping, runHook, 30},
		"Died KILL":   {Stopping, runHook, 30},
		"Died, left":  {Stopping, termRest, 2},
	},
	"post_stop": {
		"Start":      {Stopping, nothing, 1}, // after it
		"Await":      {Stopping, nothing, 1},
		"Stop":       {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1},
		"Kill":       {Backoff, nothing, 1},
		"Hook 0":     {Backoff, nothing, 1},
		"Hook 4":     {Backoff, nothing, 1},
		"Died 0":     {Stopping, nothing, 1},
		"Died 3":     {Stopping, nothing, 1},
		"Died KILL":  {Stopping, nothing, 1},
		"Died, left": {Stopping, nothing, 1},
		"Tick due":   {Stopping, termHook, 2},
	},
	"pre_start": {
		"Await":       {Starting, nothing, 1},
		"Stop":        {Stopping, termHook, 2},
		"Restart":     {Stopping, termHook, 2},
		"Configure":   {Stopping, termHook, 2},
		"Remove":      {Stopping, termHook, 2},
		"Fail":        {Stopping, termHook, 2},
		"Late":        {Stopping, termHook, 2},
		"Sick":        {Stopping, termHook, 2},
		"Retire":      {Stopping, termHook, 2},
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Stopping, runHook, 30},
		"No room":     {Starting, nothing, 0.1},
		"Hook runs":   {Starting, nothing, 30},
		"Hook 0":      {Starting, spawnIt, 0},
		"Hook 4":      {Stopping, runHook, 30},
		"Died 0":      {Stopping, runHook, 30}, // cannot come
		"Died 3":      {Stopping, runHook, 30},
		"Died KILL":   {Stopping, runHook, 30},
		"Died, left":  {Stopping, termRest, 2},
		"Tick due":    {Starting, termHook, 2},
	},
	"pre_start delayed": {
		"Await":       {Starting, nothing, 1},
		"Stop":        {Stopped, nothing, 0},
		"Restart":     {Starting, runHook, 0},
		"Configure":   {Stopped, nothing, 0},
		"Remove":      {Stopped, nothing, 0},
		"Fail":        {Stopped, nothing, 0},
		"Late":        {Stopped, nothing, 0},
		"Sick":        {Stopped, nothing, 0},
		"Retire":      {Stopped, nothing, 0},
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Stopping, runHook, 30},
		"No room":     {Starting, nothing, 0.2},
		"Hook runs":   {Starting, nothing, 30},
		"Hook 0":      {Starting, spawnIt, 0}, // cannot come, as long as it does not run
		"Hook 4":      {Stopping, runHook, 30},
		"Died 0":      {Stopping, runHook, 30},
		"Died 3":      {Stopping, runHook, 30},
		"Died KILL":   {Stopping, runHook, 30},
		"Died, left":  {Stopping, termRest, 2},
		"Tick due":    {Starting, runHook, 0},
	},
	"pre_start in vain": {
		"Start":      {Stopping, nothing, 1},
		"Await":      {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1},
		"Kill":       {Stopped, nothing, 0}, // no post_stop: there is no time
		"Hook 0":     {Stopping, runHook, 30},
		"Hook 4":     {Stopping, runHook, 30},
		"Died 3":     {Stopping, nothing, 1},
		"Died KILL":  {Stopping, nothing, 1},
		"Died, left": {Stopping, nothing, 1},
		"Tick due":   {Stopping, killHook, 1},
	},
	"pre_start late": {
		"Await":       {Starting, nothing, 1},
		"Stop":        {Stopping, killHook, 1},
		"Restart":     {Stopping, killHook, 1},
		"Configure":   {Stopping, killHook, 1},
		"Remove":      {Stopping, killHook, 1},
		"Fail":        {Stopping, killHook, 1},
		"Late":        {Stopping, killHook, 1},
		"Sick":        {Stopping, killHook, 1},
		"Retire":      {Stopping, killHook, 1},
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Stopping, runHook, 30},
		"No room":     {Starting, nothing, 0.1},
		"Hook runs":   {Starting, nothing, 30},
		"Hook 0":      {Stopping, runHook, 30}, // its time was up all the same
		"Hook 4":      {Stopping, runHook, 30},
		"Died 0":      {Stopping, runHook, 30},
		"Died 3":      {Stopping, runHook, 30},
		"Died KILL":   {Stopping, runHook, 30},
		"Died, left":  {Stopping, termRest, 2},
		"Tick due":    {Starting, killHook, 1},
	},
	"pre_stop": {
		"Start":      {Stopping, nothing, 1},
		"Await":      {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"No signal":  {Unknown, nothing, 0},
		"Hook 0":     {Stopping, quitMain, 4},
		"Hook 4":     {Stopping, quitMain, 4},
		"Died 0":     {Stopping, nothing, 1}, // what it has left is told to end after the hook
		"Died 3":     {Stopping, nothing, 1},
		"Died KILL":  {Stopping, nothing, 1},
		"Died, left": {Stopping, nothing, 1},
		"Tick due":   {Stopping, quitMain, 4},
	},
	"pre_stop, ended": {
		"Start":      {Stopping, nothing, 1},
		"Await":      {Stopping, nothing, 1},
		"Restart":    {Stopping, nothing, 1},
		"Configure":  {Stopping, nothing, 1},
		"Remove":     {Stopping, nothing, 1},
		"Kill":       {Stopping, killAll, 1},
		"Hook 0":     {Stopping, quitRest, 4}, // Emptied comes next, where nothing is left
		"Hook 4":     {Stopping, quitRest, 4},
		"Died 3":     {Stopping, nothing, 1},
		"Died KILL":  {Stopping, nothing, 1},
		"Died, left": {Stopping, nothing, 1},
		"Tick due":   {Stopping, quitRest, 4},
	},
	"prepared, delayed": {
		"Await":       {Starting, nothing, 1},
		"Stop":        {Stopping, runHook, 30},
		"Restart":     {Starting, spawnIt, 0},
		"Configure":   {Stopping, runHook, 30},
		"Remove":      {Stopping, runHook, 30},
		"Fail":        {Stopping, runHook, 30},
		"Late":        {Stopping, runHook, 30},
		"Sick":        {Stopping, runHook, 30},
		"Retire":      {Stopping, runHook, 30},
		"Spawned":     {Starting, nothing, 1},
		"SpawnFailed": {Stopping, runHook, 30},
		"No room":     {Starting, nothing, 0.2},
		"Died 0":      {Stopping, runHook, 30},
		"Died 3":      {Stopping, runHook, 30},
		"Died KILL":   {Stopping, runHook, 30},
		"Died, left":  {Stopping, termRest, 2},
		"Tick due":    {Starting, spawnIt, 0},
	},
}

// readiness has the cells in which a process that goes on becomes ready, or is not
// ready any more. In all others it stays as it was; without a process, or with one that
// is being stopped, nothing is ready.
var readiness = map[string]map[string]bool{
	"STARTING":        {"Ready": true, "Tick due": true}, // without a probe, RUNNING is ready
	"STARTING ready":  {"NotReady": false},
	"RUNNING":         {"NotReady": false},
	"HOOKS STARTING":  {"Ready": true, "Tick due": true},
	"HOOKS RUNNING":   {"NotReady": false},
	"RUNNING unready": {"Ready": true},
	"RUNNING ready":   {"NotReady": false},
	"RUNNING reloads": {"Ready": true},
}

// checkReady compares what a cell does to the readiness with the table.
func checkReady(t *testing.T, name, event string, before, after Program, action Action, now time.Time) {
	want, since := before.Ready, before.ReadySince
	if ready, changes := readiness[name][event]; changes {
		want, since = ready, now
	}
	if after.State != Starting && after.State != Running || action == spawnIt {
		want = false
	}
	if !want {
		since = time.Time{}
	}
	if after.Ready != want || after.ReadySince != since {
		t.Errorf("%s x %s: ready %v since %v, want %v since %v", name, event, after.Ready, after.ReadySince, want, since)
	}
}

func TestGrid(t *testing.T) {
	cells := 0
	for name, situation := range situations() {
		for event, e := range events {
			before := situation
			cells++
			now := t0
			if event == "Tick due" {
				now = before.Deadline
			}
			after, action := Step(before, now, e)
			checkReady(t, name, event, before, after, action, now)
			want, ok := grid[name][event]
			if e.Kind == Retire {
				before.Last, before.desired = true, after.desired // TestDesired looks at that
				if before.StopRequested {
					before.Early, before.Ill = false, false
				}
			}
			if !ok {
				if after != before || action != nothing {
					t.Errorf("%s x %s: became %v with %v, want no change", name, event, after, action)
				}
				continue
			}
			if after == before && action == nothing {
				t.Errorf("%s x %s: nothing changed", name, event)
			}
			deadline := 0.0
			if !after.Deadline.IsZero() {
				deadline = after.Deadline.Sub(now).Seconds()
			}
			switch {
			case after.State == Backoff && before.State != Backoff:
				deadline = math.Floor(deadline)
			case e.Kind == SpawnDelayed:
				deadline = math.Ceil(deadline*10) / 10
			}
			if got := (cell{after.State, action, deadline}); got != want {
				t.Errorf("%s x %s: %v, want %v", name, event, got, want)
			}
		}
	}
	if want := 34 * 28; cells != want {
		t.Errorf("looked at %d cells, want %d", cells, want)
	}
}
