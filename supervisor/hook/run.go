package hook

import (
	"maps"
	"slices"
	"strconv"
	"syscall"
	"time"

	"entrypoint/supervisor/export"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/phrase"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
)

// Run starts the hook that a program waits for by now, and says what comes of that at
// once. The error is why it could not be started.
func (p *Part) Run(v *part.View, now time.Time) (program.Event, error) {
	e := p.entry(v.Name)
	if v.Hook == program.PreStart {
		e.variables = nil
	}
	r, err := p.start(v, v.Hook.String(), v.Hook.Command(v.Config), now)
	switch {
	case err == nil:
		e.waited = r
		return program.Event{Kind: program.HookStarted}, nil
	case v.Hook == program.PreStart && p.host.TryAgain(v.Name, err, now):
		return program.Event{Kind: program.SpawnDelayed}, err
	}
	err = &failure{text: v.Hook.String() + ": " + err.Error(), err: err}
	p.host.Note(v.Name, err.Error(), now)
	return program.Event{Kind: program.HookEnded, Code: process.StartCode(err)}, err
}

// failure is why a hook has failed.
type failure struct {
	text string
	err  error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

// Signal sends a signal to the hook that a program waits for: its time is up, or the
// program is to be stopped while it starts.
func (p *Part) Signal(v *part.View, sig syscall.Signal) {
	e := p.programs[v.Name]
	if e == nil || e.waited == nil {
		return
	}
	e.waited.late = v.Hook != program.PreStart || v.State == program.Starting
	_ = p.host.SignalGroup(e.waited.process.PID(), sig)
	p.host.Trace(v.Name + ": sent " + process.SignalName(sig) + " to " + e.waited.event)
}

// postStart starts the post_start hook of a program that has become ready.
func (p *Part) postStart(name string, e *entry, now time.Time) {
	v := p.host.Program(name)
	if v == nil || !v.Up() {
		return
	}
	r, err := p.start(v, "post_start", v.Config.Hooks.PostStart, now)
	if err != nil {
		p.host.Note(name, "post_start: "+err.Error(), now)
		return
	}
	r.until = now.Add(r.limit)
	e.postStart = r
}

// start starts the process of a hook.
func (p *Part) start(v *part.View, event string, argv []string, now time.Time) (*running, error) {
	exports, err := export.New()
	if err != nil {
		return nil, err
	}
	child, err := p.host.Hook(v.Name, argv, p.variables(v, event), exports)
	if err != nil {
		_ = exports.Close()
		return nil, err
	}
	r := &running{process: child, exports: exports, name: v.Name, event: event, limit: v.Config.Hooks.Timeout, since: now}
	if p.running == nil {
		p.running = map[int]*running{}
	}
	p.running[child.PID()] = r
	p.host.Trace(v.Name + ": " + event + " started as process " + strconv.Itoa(child.PID()))
	return r, nil
}

// variables are what a hook finds in its environment beside what its program finds there.
func (p *Part) variables(v *part.View, event string) []string {
	list := []string{"ENTRYPOINT_PROGRAM=" + v.Name, "ENTRYPOINT_EVENT=" + event}
	switch {
	case event == "post_stop" && v.OnlyHooks() && !v.Early:
		list = append(list, "ENTRYPOINT_VERDICT=it was stopped before it was started")
	case event == "post_stop":
		list = append(list, "ENTRYPOINT_EXIT_CODE="+strconv.Itoa(v.Code), "ENTRYPOINT_VERDICT="+p.host.Ended(v.Name))
		if v.Status.Signaled() {
			list = append(list, "ENTRYPOINT_SIGNAL="+process.SignalName(v.Status.Signal()))
		}
	case v.PID != 0:
		list = append(list, "ENTRYPOINT_PID="+strconv.Itoa(v.PID))
	}
	return list
}

// Exited takes the end of a process, and says whether it was a hook.
func (p *Part) Exited(x process.Exit, now time.Time) bool {
	r := p.running[x.PID]
	if r == nil {
		return false
	}
	delete(p.running, x.PID)
	_ = p.host.SignalGroup(x.PID, syscall.SIGKILL) // what it has left behind
	r.exit = x
	r.until = r.process.Exited(x, now, func() { p.finish(r, time.Now()) })
	if r.until.IsZero() || process.Code(x.Status) == 0 || !r.alone() { // what it has printed last does not matter
		p.conclude(r, now)
		return true
	}
	p.ended = append(p.ended, r)
	return true
}

// finish is for a hook whose output has been read, or is not waited for any more.
func (p *Part) finish(r *running, now time.Time) {
	if i := slices.Index(p.ended, r); i >= 0 {
		p.ended = slices.Delete(p.ended, i, i+1)
		p.conclude(r, now)
	}
}

// conclude takes what a hook has handed over, tells how it has ended, and lets the program
// go on that waits for it.
func (p *Part) conclude(r *running, now time.Time) {
	e := p.programs[r.name]
	waits := e != nil && e.waited == r
	if e != nil && e.postStart == r {
		e.postStart = nil
	}
	text, code := r.failure(now), process.Code(r.exit.Status)
	if text == "" && waits && r.event == "pre_start" {
		variables, bad, err := export.Read(r.exports)
		if bad != "" {
			p.host.Note(r.name, r.event+": "+bad, now)
		}
		if e.variables = variables; err != nil {
			text, code = r.event+": "+err.Error(), 1
		}
	}
	_ = r.exports.Close()
	r.process.Close()
	switch {
	case text == "":
		p.host.Trace(r.name + ": " + r.event + " ended after " + phrase.Lasted(r.since, now))
	case waits || r.late || e != nil && r.event == "post_start" && !r.exit.Status.Signaled():
		p.host.Note(r.name, text, now)
	}
	if waits {
		e.waited = nil
		p.host.Want(part.Wish{Program: r.name, Event: program.Event{Kind: program.HookEnded, Code: code}, Blame: text})
	}
}

// failure says how a hook has failed; "": it has not.
func (r *running) failure(now time.Time) string {
	text := r.event
	status := r.exit.Status
	switch {
	case r.exit.Err != nil: // it could not be executed
		return text + ": " + r.exit.Err.Error()
	case r.late:
		text = r.cut(now)
	case status.Signaled():
		text += " was " + process.Describe(status)
	case process.Code(status) == 0:
		return ""
	default:
		text += " exited with code " + strconv.Itoa(process.Code(status))
	}
	if last := r.process.Last(); last != "" && r.alone() {
		text += ": " + last
	}
	return text
}

// cut says of a hook that it has been ended by us, because its time was up.
func (r *running) cut(now time.Time) string {
	if now.Sub(r.since) >= r.limit {
		return r.event + " did not end within " + r.limit.String() + " (hook_timeout)"
	}
	return r.event + " was killed after " + phrase.Lasted(r.since, now) + ", because its time was up"
}

// alone says whether the process of the program was not there beside a hook. Else what was
// printed last may be the program's.
func (r *running) alone() bool { return r.event == "pre_start" || r.event == "post_stop" }

// Close drops the hooks that run, once somebody else has ended them.
func (p *Part) Close() {
	for _, r := range slices.AppendSeq(p.ended, maps.Values(p.running)) {
		_ = r.exports.Close()
		r.process.Close()
	}
	p.running, p.ended, p.programs = nil, nil, nil
}

// PIDs are those of the hooks that run.
func (p *Part) PIDs() (pids []int) {
	for pid := range p.running {
		pids = append(pids, pid)
	}
	return pids
}
