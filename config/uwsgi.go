package config

import (
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// uwsgiEnd is what uWSGI without a master exits with when it is told to stop.
const uwsgiEnd = 30

// adaptUWSGI keeps uWSGI in the foreground, stops it by a signal that does stop
// it, and finds the socket that shows that it is there.
//
//	options                                      stop signal
//	no master                                    TERM; exit code 30 is a good end
//	master                                       INT: TERM would reload it
//	master, die-on-term                          TERM
//	master, and a hook on signal N               N, to the master only: it finishes
//	  "unix_signal:N gracefully_kill_them_all"   its requests
//
// The signal goes to the whole group: without a master none reaches the other
// processes. It is sent again and again, for uWSGI loses it while it loads the
// application (TERM is ignored, and INT is Python's to handle: an import fails,
// and uWSGI goes on without it), and a worker that has just been forked does the
// same. Some hundred options turn a master on without saying so; where none is
// known, all signals but the first are therefore INT. A second TERM would reload
// such a master again, and with an application that takes its time to load each
// INT between them would be lost.
func adaptUWSGI(b *build) {
	u := b.uwsgiOptions()
	if u.daemonize.key != "" {
		b.failDaemonize(u.daemonize)
	}
	for _, e := range u.unread {
		b.uwsgiUnread(e)
	}
	graceful := u.master && u.graceful != 0
	if !b.explicit("stopsignal") {
		b.insist = true
		switch {
		case graceful:
			b.stopSignals = []syscall.Signal{u.graceful}
		case !u.master:
			b.stopSignals = []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}
		case !u.dieOnTerm:
			b.stopSignals = []syscall.Signal{syscall.SIGINT}
		}
	}
	if !b.explicit("stopasgroup") {
		b.p.StopAsGroup = !graceful // the workers would end at once
	}
	if !u.master {
		b.p.StopExitCodes = []int{uwsgiEnd}
	}
	if !b.explicit("ready") {
		b.p.Ready = u.probe()
	}
}

// uwsgiOptions reads the command line, what it names, and the environment.
func (b *build) uwsgiOptions() *uwsgiOptions {
	u := &uwsgiOptions{dir: b.workDir()}
	u.args(b.p.Command[1:])
	for _, list := range [][]string{b.env, b.p.Environment} {
		for _, kv := range list {
			name, val, _ := strings.Cut(kv, "=")
			if name, ok := strings.CutPrefix(name, "UWSGI_"); ok {
				key := strings.ReplaceAll(strings.ToLower(name), "_", "-")
				u.option(key, val, uwsgiPlace{key: "UWSGI_" + name}, 0)
			}
		}
	}
	return u
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
		if key != "master" && key != "die-on-term" && !hasVal && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
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
	}
	return key, arg[2:]
}

// probe is the first socket whose address is plain to see.
func (u *uwsgiOptions) probe() Probe {
	if u.moved {
		return Probe{}
	}
	for _, list := range [][]string{u.sockets, u.routers} {
		for _, socket := range list {
			if placeholder(socket) || strings.HasPrefix(socket, "=") {
				continue // "=0" is a shared socket
			}
			if address, ok := tcpAddress(socket); ok {
				return Probe{"tcp", address}
			}
			if path, ok := u.socketPath(socket); ok {
				return Probe{"unix", path}
			}
		}
	}
	return Probe{}
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
	return under(under(u.dir, u.chdir), socket), true
}

func (b *build) failDaemonize(at uwsgiPlace) {
	const reason = "would send uWSGI to the background; remove it, entry-point keeps uWSGI in the foreground and its output in the container's log"
	if at.file == "" {
		k, _ := b.lookup("command")
		b.fail(k, strconv.Quote(at.key)+" "+reason)
		return
	}
	b.errs = append(b.errs, &Error{File: at.file, Line: at.line, Section: "uwsgi", Key: at.key, Reason: reason})
}

// uwsgiUnread reports an ini file that uWSGI will not be able to read either.
// The built-in set is of no use without it.
func (b *build) uwsgiUnread(e uwsgiError) {
	err := cannotRead(e.file, e.err)
	k, _ := b.lookup("command")
	if b.source != BuiltIn {
		b.warn(k, err.Error())
		return
	}
	b.errs = append(b.errs, &Error{Reason: err.Error() +
		"; write it, or name a configuration file with -c FILE, or give a command to run, or -d for debug mode"})
}
