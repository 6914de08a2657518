package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"entrypoint/config/directory"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/namespace"
	"entrypoint/supervisor/process/threadless"
	"entrypoint/supervisor/setup"
)

// mode is what an entry-point does.
type mode int

const (
	elsewise   mode = iota // it is a client, prints its help, or is no entry-point
	launches               // a command and nothing else
	debugs                 // debug mode: setup, then a command
	installs               // --setup
	supervises             // production mode
)

// another returns the pid of an entry-point that runs this container already, or 0.
//
// Where we descend from it, or it is process 1, it is one that supervises or
// installs: what is launched (docker run IMAGE bash) may well start the programs. If
// we have been brought into the container from outside (docker exec), it is any one
// that does more than launch. Two that somebody starts side by side, on a machine
// that is no container, do not concern each other.
func another() (pid int) {
	if os.Getpid() == 1 {
		return 0 // the PID namespace begins with us
	}
	if !namespace.Visible() || modeOf(1) == elsewise && hidden(1) {
		return served()
	}
	for _, pid := range append(namespace.Ancestors(), 1) {
		if m := modeOf(pid); m == installs || m == supervises {
			return pid
		}
	}
	if !namespace.Entered() {
		return 0
	}
	names, _ := directory.Names("/proc")
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid != os.Getpid() && modeOf(pid) > launches {
			return pid
		}
	}
	return 0
}

// alone refuses to start where another entry-point runs this container, as docker
// exec does when the word ctl was forgotten, unless somebody means it.
func (a *app) alone(again bool) bool {
	pid := another()
	a.second = pid != 0
	if !a.second || again {
		return true
	}
	a.err.Print("already running as process " + strconv.Itoa(pid) + `; did you mean "entry-point ctl status"? (--again, or ENTRYPOINT_AGAIN=true, starts a second one)`)
	return false
}

// hidden says whether /proc does not tell of a process (hidepid, see proc(5)).
func hidden(pid int) bool { return namespace.Parent(pid) < 0 }

// served returns the pid of the entry-point that answers at the control socket of
// this container, or 0.
func served() (pid int) {
	server, err := control.Dial(os.Getenv("ENTRYPOINT_SOCKET"), healthPatience)
	if err != nil {
		return 0
	}
	defer server.Close()
	_ = server.SetDeadline(time.Now().Add(healthPatience))
	_ = server.Do(&control.Request{Do: control.DoInfo}, func(a *control.Answer) error {
		if a.Info != nil {
			pid = a.Info.PID
		}
		return nil
	})
	return pid
}

// modeOf says what a process of this container does, if it is an entry-point. What
// its options from the environment are is taken from ours: both are the container's.
func modeOf(pid int) mode {
	proc := "/proc/" + strconv.Itoa(pid)
	text, err := os.ReadFile(proc + "/cmdline")
	argv, emulated := withoutEmulator(strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"))
	if err != nil || !isEntryPoint(proc, argv[0], emulated) || namespace.Of(pid) != namespace.Here {
		return elsewise
	}
	if calledSupervisord(argv[0]) {
		return supervises
	}
	if isClient(argv) || len(argv) > 1 && asksHelp(argv[1:]) {
		return elsewise
	}
	o, err := parseOptions(argv[1:])
	switch {
	case err != nil || o.Help || o.Version || o.Check:
		return elsewise
	case o.SetupOnly:
		return installs
	case o.Command != nil && !o.Debug:
		return launches
	case o.Debug:
		return debugs
	case o.Production:
		return supervises
	}
	if marked, _ := setup.DebugMarked(proc + "/cwd"); marked || namedLaunches(proc) {
		return debugs
	}
	return supervises
}

// namedLaunches says whether a thread of a process has the name by which an entry-point
// says that it launches: everybody may see that, also of another user's process, whose
// working directory is closed.
func namedLaunches(proc string) bool {
	names, _ := filepath.Glob(proc + "/task/*/comm")
	return slices.ContainsFunc(names, func(name string) bool {
		comm, err := os.ReadFile(name)
		return err == nil && strings.TrimSpace(string(comm)) == threadless.Launches
	})
}

// isEntryPoint says whether a process is an entry-point: of our own executable, or
// of one that has been replaced since. Whose executable may not be seen, because it
// is another user's process or an emulator runs it, is known by its name.
func isEntryPoint(proc, argv0 string, emulated bool) bool {
	own, err := os.Stat("/proc/self/exe")
	other, hidden := os.Stat(proc + "/exe")
	if !emulated && err == nil && hidden == nil && os.SameFile(own, other) {
		return true
	}
	file, hidden := os.Readlink(proc + "/exe")
	if !emulated && hidden == nil && !strings.HasSuffix(file, " (deleted)") {
		return false
	}
	return slices.Contains([]string{"entry-point", "supervisord", filepath.Base(os.Args[0])}, filepath.Base(argv0))
}

// withoutEmulator is the command line of a program that qemu's user mode emulation
// runs, as the program was called. /proc shows the emulator's own: its name, the path of
// the program, with flag P of binfmt_misc the argv[0] that the program was called with,
// and the program's arguments. Without that flag argv[0] is lost, and the path stands
// for it; that it was passed shows only in that it names the same program.
func withoutEmulator(argv []string) (called []string, emulated bool) {
	if len(argv) < 2 || !strings.HasPrefix(filepath.Base(argv[0]), "qemu-") {
		return argv, false
	}
	if len(argv) > 2 && filepath.Base(argv[1]) == filepath.Base(argv[2]) {
		return argv[2:], true
	}
	return argv[1:], true
}
