package supervisor

import (
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"entrypoint/supervisor/container"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/part"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/usage"
)

// host is what the parts see of the loop. Each of them declares the few of its methods
// that it needs. They are for the loop's goroutine, but for Post and Print, which any
// may call.
type host struct{ s *Supervisor }

// Want puts a wish into the queue. It is granted when the part has returned.
func (h *host) Want(w part.Wish) { h.s.parts.wishes = append(h.s.parts.wishes, w) }

// Post lets f run in the loop.
func (h *host) Post(f func()) { h.s.post(f) }

// Program is a program by its full name; nil: there is none. One that is being removed has
// no part any more.
func (h *host) Program(name string) *part.View {
	if u := h.s.byName[name]; u != nil && !u.removed() {
		return u.view()
	}
	return nil
}

// Programs are all programs that are not being removed, in the order of their ranks. One
// is seen until the next.
func (h *host) Programs() iter.Seq[*part.View] {
	return func(yield func(*part.View) bool) {
		var v part.View
		for _, u := range h.s.units {
			if u.removed() {
				continue
			}
			if u.show(&v); !yield(&v) {
				return
			}
		}
	}
}

// Serving says whether the container does what it is for, and nothing but that.
func (h *host) Serving() bool { return h.s.state.Phase == container.Serving }

// Grants says whether the container's phase lets something happen to programs.
func (h *host) Grants(k program.Kind) bool { return h.s.state.Grants(k) }

// OthersReady says whether everything but the program does what the container is for.
func (h *host) OthersReady(name string) bool {
	for _, waiting := range h.s.about.desk.Health().Waiting {
		if waiting != name {
			return false
		}
	}
	return true
}

// Reloading says whether a reload of the program goes on.
func (h *host) Reloading(name string) bool { return h.s.parts.reload.GoesOn(name) }

// Reload lets a program read its own configuration again.
func (h *host) Reload(name string, done func(error, time.Time)) {
	h.s.parts.reload.Start(name, time.Now(), done)
}

// Measure reads what the main processes of all programs use, by their pids.
func (h *host) Measure(tell func(map[int]usage.Usage)) {
	h.s.readUsage(func(used map[int]usage.Usage) { h.s.post(func() { tell(used) }) })
}

// Note tells what happens to a program.
func (h *host) Note(name, text string, now time.Time) {
	if u := h.s.byName[name]; u != nil {
		h.s.remark(u, text, now)
	} else { // it was removed in this moment
		h.Log(name, text)
	}
}

// Probe asks a program whether it is ready, and tells what it has answered.
func (h *host) Probe(name string, now time.Time, answer func(error, time.Time)) {
	h.s.parts.check.Probe(name, now, answer)
}

// Signal sends a signal to a process.
func (h *host) Signal(pid int, sig syscall.Signal) error { return h.s.Table.Signal(pid, sig) }

// Start starts a process that is no program.
func (h *host) Start(spec *process.Spec) (pid int, err error) { return h.s.fork(spec) }

// Stopped says whether a process is stopped by a signal.
func (h *host) Stopped(pid int) bool { return h.s.Table.Stopped(pid) }

// Silence is a standard input from which nothing comes; nil: none can be made now.
func (h *host) Silence() *os.File {
	file, _ := h.s.inherited.silence.File()
	return file
}

// Taken says whether the container or a program has the number of a user or group.
func (h *host) Taken(id uint32) bool {
	return h.s.container.Uses(id) || slices.ContainsFunc(h.s.units, func(u *unit) bool { return u.Config.Uses(id) })
}

// Log puts a line about a program, or about the whole container (""), into our own log.
func (h *host) Log(name, text string) {
	h.s.notices.Sinks.Tell(notice.Notice{Time: time.Now(), Program: name, Fact: notice.Line{Text: text}})
}

// Trace puts a line into our own log with -v only.
func (h *host) Trace(line string) { h.s.trace(line) }

// Print is Log for other goroutines than the loop's.
func (h *host) Print(line string) { h.s.notices.print(line) }

// TryAgain says whether an error is no fault of the program, so that what it comes from
// is to be tried again.
func (h *host) TryAgain(name string, err error, now time.Time) bool { return h.s.meets(name, err, now) }

// Binary is the file that the command of a program is.
func (h *host) Binary(name string) (file string, err error) {
	c := h.s.byName[name].Config
	return h.s.look(c, c.Command[0])
}

// SendSignal sends the main process of a program, if there is one, a signal that does not
// stop it.
func (h *host) SendSignal(name string, sig syscall.Signal, why string, now time.Time) {
	u := h.s.byName[name]
	if !u.reachable() {
		return
	}
	h.s.line(u, why+", sending "+process.SignalName(sig))
	if err := h.s.Table.Signal(u.PID, sig); err != nil {
		if h.s.sent(u, sig, err) {
			h.s.apply(u, now, program.Event{Kind: program.SignalFailed})
		}
	}
}

// Settled returns the memory that it took to find out whose sockets the programs have.
func (h *host) Settled() {
	if h.s.GiveBack != nil {
		go h.s.GiveBack()
	}
}

// Run runs a command of a program as a helper process.
func (h *host) Run(name string, argv []string, limit time.Duration, now time.Time, done func(error, []string)) {
	h.s.run(h.s.byName[name], argv, nil, limit, now, done)
}

// Look runs our own executable as another user, who looks at what processes of his do
// not show to us. Where that is not there any more it shows nothing either.
func (h *host) Look(uid, gid uint32, args []string, limit time.Duration, now time.Time, done func(error, []string)) {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil || strings.HasSuffix(self, " (deleted)") {
		done(nil, nil)
		return
	}
	h.s.runSpec(&process.Spec{
		File: self, Argv: append([]string{"entry-point"}, args...), Dir: "/", Env: []string{},
		Credential: &syscall.Credential{Uid: uid, Gid: gid, Groups: []uint32{gid}},
	}, limit, now, done)
}

// Started are the processes that we have started and that have not ended: main
// processes, helper processes, hooks, the gateway.
func (h *host) Started() []int {
	pids := slices.AppendSeq(slices.Collect(maps.Keys(h.s.byPID)), h.s.parts.helpers.PIDs())
	pids = append(pids, h.s.parts.hooks.PIDs()...)
	if pid := h.s.parts.activation.PID(); pid != 0 {
		pids = append(pids, pid)
	}
	return pids
}

// Named says who has a socket, with the program that it belongs to; "": not known.
func (h *host) Named(holder owner.Holder) string { return h.s.examiner.NameOf(holder) }
