package profile

import (
	"path/filepath"
	"strings"

	"entrypoint/config/address"
)

// uwsgiEnd is what uWSGI without a master exits with when it is told to stop.
const uwsgiEnd = 30

// readUWSGI stops uWSGI by a signal that does stop it, and finds the socket that shows that it is there.
//
//	options                                      stop signal
//	no master                                    TERM; exit code 30 is a good end
//	master                                       INT: TERM would reload it
//	master, die-on-term                          TERM
//	master, and a hook on signal N               N, to the master only: it finishes
//	  "unix_signal:N gracefully_kill_them_all"   its requests; INT to all is the quick way
//	not known                                    INT, which ends uWSGI with a master and
//	                                             without one; exit code 30 is a good end
//
// Some hundred options bring a master without saying so (uwsgimaster.go). The first
// signal always goes to the main process alone: with a master its workers are its own
// business, and without one the loop tells the others when the first has ended.
// Whether it reloads is looked for before it is told to: a process that does not
// catch TSTP has no master, and would end.
//
// A master sends its workers INT. One that has had a signal from us as well
// would begin its exit(3) twice, the second time inside the first, and may wait
// for its own lock for ever; the master is therefore told alone, the first time.
// The signal is sent again and again, for uWSGI loses it while it loads the
// application (TERM is ignored, and INT is Python's to handle: an import fails,
// and uWSGI goes on without it), and a worker that has just been forked does the
// same: from the second time on it goes to the group. Where no master is
// known, all signals but the first are INT, for one that a plugin of somebody else's
// may have brought: a second TERM would reload it again.
func readUWSGI(c *call) bool {
	u := &uwsgiOptions{dir: c.command.Dir}
	u.args(c.args())
	for _, list := range [][]string{c.command.Env[0], c.command.Env[1], c.given} {
		for _, kv := range list {
			name, val, _ := strings.Cut(kv, "=")
			if name, ok := strings.CutPrefix(name, "UWSGI_"); ok {
				key := strings.ReplaceAll(strings.ToLower(name), "_", "-")
				u.option(key, val, uwsgiPlace{key: "UWSGI_" + name}, 0)
			}
		}
	}
	switch at := u.daemonize; {
	case at.file != "":
		c.refuseAt(&Finding{File: at.file, Line: at.line, InSection: "uwsgi", Key: at.key}, "")
	case at.key != "":
		c.refuse(at.key)
	}
	c.Findings = append(c.Findings, u.unread...)

	graceful := u.master && u.graceful != 0
	c.Insist = true
	switch {
	case graceful:
		c.Stop, c.Quick = append(c.Stop, u.graceful, sint), true
	case !u.said && u.unsure && !u.master:
		c.Stop = append(c.Stop, sint)
		c.ExitCodes = []int{uwsgiEnd}
	case !u.master:
		c.Stop = append(c.Stop, term, sint)
		c.ExitCodes = []int{uwsgiEnd}
	case u.dieOnTerm:
		c.Stop = append(c.Stop, term)
	default:
		c.Stop = append(c.Stop, sint)
	}
	c.InsistGroup = !graceful // of a graceful one the workers would end at once
	if (u.master || u.unsure && !u.said) && !u.exitOnReload {
		c.Reload, c.Pause = hup, tstp // without a master it dies of the one, and stands still of the other
		c.Reloads = tstp
	}
	if !c.unsure {
		c.Network, c.Address = u.probe()
	}
	return true
}

// args reads the options of the command line. Which of all options take a value
// is not known here: the next argument is taken for one unless it begins with
// "-", or the option is one of those of ours that take none.
func (u *uwsgiOptions) args(args []string) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		long, isLong := strings.CutPrefix(arg, "--")
		if !isLong && !strings.HasPrefix(arg, "-") {
			u.option("include", arg, uwsgiPlace{}, 0) // a file to load
			continue
		}
		key, val, hasVal := strings.Cut(long, "=")
		if !isLong {
			key, val = uwsgiShort(arg)
			hasVal = val != ""
		}
		if key != "master" && key != "die-on-term" && !listed(uwsgiMasterFlags, key) && !hasVal && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
			val = args[i]
		}
		u.option(key, val, uwsgiPlace{key: arg}, 0)
	}
}

// uwsgiShort reads the one-letter options that matter.
func uwsgiShort(arg string) (key, val string) {
	if len(arg) < 2 {
		return "", ""
	}
	switch arg[1] {
	case 'M':
		return "master", ""
	case 's':
		key = "socket"
	case 'd':
		key = "daemonize"
	case 'x':
		key = "xml"
	case 'y':
		key = "yaml"
	case 'S':
		key = "set"
	}
	return key, arg[2:]
}

// probe is the first socket whose address is plain to see.
func (u *uwsgiOptions) probe() (network, where string) {
	if u.moved {
		return "", ""
	}
	for _, list := range [][]string{u.sockets, u.routers} {
		for _, socket := range list {
			if placeholder(socket) || strings.HasPrefix(socket, "=") {
				continue // "=0" is a shared socket
			}
			if reached, ok := address.Reached(socket); ok {
				return "tcp", reached
			}
			if path, ok := u.socketPath(socket); ok {
				return "unix", path
			}
		}
	}
	return "", ""
}

// socketPath makes a path absolute: uWSGI makes its sockets after its chdir.
func (u *uwsgiOptions) socketPath(socket string) (string, bool) {
	if socket == "" || strings.ContainsAny(socket, `:,\@`) {
		return "", false
	}
	if filepath.IsAbs(socket) {
		return socket, true
	}
	if placeholder(u.chdir) {
		return "", false
	}
	return Under(Under(u.dir, u.chdir), socket), true
}
