package supervisor

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/cgroup"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/shortage"
)

// The kernel may have no process, memory or descriptor left for what the loop wants
// to start or open. That is a shortage of the whole container: it is no fault of the
// program that wanted it, is told once however many programs meet it and however
// often they try, and once more when it is over. What has met it tries again.

// lack is a shortage that goes on.
type lack struct {
	since time.Time
	last  time.Time // when something met it last
	tries int       // that have met it
}

// Everything that has met a shortage tries again within retryTime. So when nothing
// has met it for overTime, all of that has gone well since, and several times: a
// container at its limit, where some forks fail and others do not, is told of once.
const (
	retryTime = 5 * time.Second
	overTime  = 6 * retryTime
)

// meets says whether an error is no fault of the program: it comes from a shortage,
// of which the first one is told, or a file system does not answer, which Files has
// told. who is the program that needed something, or what of ours.
func (s *Supervisor) meets(who string, err error, now time.Time) bool {
	what := shortage.Of(err)
	if what == 0 {
		return isLate(err)
	}
	short := s.shortages[what]
	if short == nil {
		short = &lack{since: now}
		if s.shortages == nil {
			s.shortages = map[syscall.Errno]*lack{}
		}
		s.shortages[what] = short
		s.remark(nil, who+": "+err.Error()+" ("+reasonOf(what)+"); trying again until it can be done, as with all else that this keeps from starting", now)
	}
	short.last, short.tries = now, short.tries+1
	return true
}

// isLate says whether something was left undone because a file system does not answer.
func isLate(err error) bool {
	e := (*offload.LateError)(nil)
	return errors.As(err, &e)
}

// answered tries the starts again that wait: what was late has answered.
func (s *Supervisor) answered() {
	for _, u := range s.units {
		if u.State == program.Starting && u.PID == 0 && u.lacks != "" {
			s.apply(u, time.Now(), program.Event{Kind: program.Restart})
		}
	}
}

// look looks for a command as a program would find it.
func (s *Supervisor) look(c *config.Program, command string) (file string, err error) {
	env := s.environment(c)
	path := "" // of what is searched for, it is not known
	if strings.Contains(command, "/") {
		path = under(c.Directory, command)
	}
	return offload.Do(s.Files, offload.Call{Key: "command " + command + " in " + c.Directory, What: "look for command " + strconv.Quote(command), Path: path}, func() (string, error) {
		return s.Table.Look(command, env, c.Directory)
	}, nil)
}

// reasonOf says what is used up, and what the operator can do about it.
func reasonOf(what syscall.Errno) string {
	switch what {
	case syscall.EAGAIN:
		if p := cgroup.ReadProcesses(cgroup.Root, cgroup.Own()); p != nil && p.Limit > 0 && p.Current >= p.Limit {
			return "the container's processes and threads have reached their limit of " + strconv.FormatInt(p.Limit, 10) + ": raise it (--pids-limit), or start fewer"
		}
		return "no process is left for it: raise the limit of the container (--pids-limit) or of the user (ulimit -u), or start fewer"
	case syscall.EMFILE:
		var limit syscall.Rlimit
		if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
			return "entry-point itself has as many files open as it may, " + strconv.FormatUint(limit.Cur, 10) + ": raise that (ulimit -n, --ulimit nofile)"
		}
	case syscall.ENFILE:
		return "the machine has as many files open as it may: raise fs.file-max with sysctl"
	}
	return "the container or the machine has no memory left for it"
}

// back says that a shortage is over.
func back(what syscall.Errno) string {
	switch what {
	case syscall.EAGAIN:
		return "processes can be started again"
	case syscall.EMFILE, syscall.ENFILE:
		return "files can be opened again"
	}
	return "there is memory again"
}

// tickShortages tells what is over.
func (s *Supervisor) tickShortages(now time.Time) {
	for what, short := range s.shortages {
		if now.Before(short.last.Add(overTime)) {
			continue
		}
		delete(s.shortages, what)
		s.remark(nil, back(what)+", after "+lasted(short.since, short.last)+" in which "+plural(short.tries, "try", "tries")+" had failed", now)
	}
}

// shortageDue is when the next one may be over; zero: there is none.
func (s *Supervisor) shortageDue() (at time.Time) {
	for _, short := range s.shortages {
		at = earlier(at, short.last.Add(overTime))
	}
	return at
}
