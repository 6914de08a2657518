// Reading the cgroup's CPU quota at the start and watching it afterwards is for
// programs that compute; an init waits.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/cmd/entry-point/help"
	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/secret"
	"entrypoint/supervisor/threads"
)

// Stamped by the linker (see the Makefile).
var (
	version = "dev"
	commit  = "unknown"
)

// Exit codes of ours, from sysexits.h; the others are the command's own.
const (
	codeUsage    = 64 // EX_USAGE: the command line
	codeInternal = 70 // EX_SOFTWARE: our bug
	codeConfig   = 78 // EX_CONFIG: the configuration
)

func main() {
	if code, is := client(os.Args); is {
		os.Exit(code)
	}
	a := &app{out: logs.New(1, ""), err: logs.New(2, "entry-point: ")}
	a.out.Mask(a.mask)
	a.err.Mask(a.mask)
	code := a.run(os.Args[0], os.Args[1:])
	// A reader of the log that has stopped reading must not hold up the end.
	a.out.Flush(flushTime)
	a.err.Flush(flushTime)
	os.Exit(code)
}

const flushTime = 500 * time.Millisecond

// app is one start of entry-point.
type app struct {
	out, err *logs.Logger
	options  *options
	table    *process.Table
	threads  *threads.Reserve
	files    *offload.Pool   // by what file systems are asked that may not answer
	control  *control.Server // in production mode
	lender   *lender         // to whom it gives requests
	buffer   *logs.Buffer    // likewise, for what is held back of what programs print
	prelude  preludeState    // what happens before anything is started
	held     []int           // descriptors that we were started with, and nothing but a launched command gets
	logins   [][2]string     // the variables with the passwords of HTTP: name and value
	secrets  secret.List     // that nobody is to read in what we print (mask)
	own      sync.Once       // those of our own environment are in it
	second   bool            // another entry-point runs this container
	note     string          // about the mode, to be printed when it is known how; "": none
	running  bool            // the programs: what the log looks like stays as it is
}

// run does everything and returns the exit code.
func (a *app) run(argv0 string, args []string) int {
	a.takeLogins()
	a.styleFromEnv()
	if calledSupervisord(argv0) {
		return a.runSupervisord(args)
	}
	if asksHelp(args) {
		return a.printHelp(func(w io.Writer) error { return help.Run(book(), args[1:], w) })
	}
	o, err := parseOptions(args)
	if err != nil {
		a.err.Print(err.Error())
		return codeUsage
	}
	a.options = o
	switch {
	case o.Help:
		return a.printHelp(func(w io.Writer) error { return writeHelp(w, o.Command) })
	case o.Version:
		fmt.Printf("entry-point %s (commit %s, %s %s/%s)\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return 0
	case o.Check:
		return a.check()
	case (o.Command == nil || o.Debug || o.SetupOnly) && !a.alone(o.Again):
		return codeUsage
	}
	if o.Launch.Pdeathsig != 0 {
		if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(o.Launch.Pdeathsig), 0, 0, 0); err != nil {
			a.err.Print("cannot set the parent death signal: " + err.Error())
		}
	}
	return a.asInit(a.dispatch)
}

// asInit runs f as the init. From here on nothing may end the process but a
// returned exit code.
func (a *app) asInit(f func() int) int {
	a.table = process.Open()
	if trace := a.tracer(); trace != nil {
		for _, note := range a.table.Notes() {
			trace(note)
		}
	}
	return a.guard(f)
}

// guard returns what f returns, or after a bug of ours, when the children have
// had their time to end, exit code 70.
func (a *app) guard(f func() int) (code int) {
	defer func() {
		if r := recover(); r != nil {
			a.printLines(fmt.Sprintf("internal error: %v\n%s", r, debug.Stack()))
			a.table.Sweep(0, time.Now().Add(a.options.StopBudget.or(0)), func(process.Exit) {})
			code = codeInternal
		}
	}()
	return f()
}

// dispatch does what the options and the markers ask for.
func (a *app) dispatch() int {
	o := a.options
	if o.Command != nil && !o.Debug && !o.SetupOnly {
		a.reserve(threads.Launch())
		if !a.wantsPrelude() {
			return a.launch(o.Command)
		}
		a.held = process.KeepInherited()
		a.reserve(threads.Setup())
		if code := a.checkUser(); code != 0 {
			return code
		}
		if code := a.preludeOnly(config.PreludeCommand); code != 0 {
			return code
		}
		return a.launch(o.Command)
	}
	a.held = process.KeepInherited()
	switch {
	case o.SetupOnly:
		a.reserve(threads.Setup())
		return a.setupOnly()
	case a.debugMode():
		a.reserve(threads.Setup())
		return a.debug()
	}
	a.reserve(threads.Supervise())
	a.threads.Begin()
	return a.supervise(a.afterSetup)
}

// reserve sees to it that a mode has its threads (see package threads). A command
// that is launched does not wait for them: they are there before it can have used
// up the processes of the container. Where there is a limit that we can see it does.
func (a *app) reserve(plan threads.Plan) {
	a.threads = threads.New(plan)
	a.files = offload.New(max(1, plan.Files), a.err.Print)
}
