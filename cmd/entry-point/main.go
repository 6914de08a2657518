// Reading the cgroup's CPU quota at the start and watching it afterwards is for
// programs that compute; an init waits.
//
//go:debug containermaxprocs=0
//go:debug updatemaxprocs=0
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/cmd/entry-point/ctl"
	"entrypoint/cmd/entry-point/help"
	"entrypoint/config"
	"entrypoint/config/nearest"
	"entrypoint/config/profile"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/lock"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/secret"
	"entrypoint/supervisor/setup"
	"entrypoint/supervisor/threads"
	"entrypoint/supervisor/verdict"
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

// takeLogins takes the passwords of the HTTP server out of our environment, before
// anything is started that could inherit them, and out of /proc/PID/environ.
func (a *app) takeLogins() {
	for _, name := range [...]string{config.HTTPLogin, config.HTTPReader} {
		login, found := os.LookupEnv(name)
		if !found {
			continue
		}
		a.logins = append(a.logins, [2]string{name, login})
		_ = os.Unsetenv(name) // fails for a name with "=" or NUL only
		process.EraseVariable(name)
	}
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

// debug is debug mode.
func (a *app) debug() int {
	o := a.options
	if code := a.checkUser(); code != 0 {
		return code
	}
	if code := a.preludeOnly(config.PreludeDebug); code != 0 {
		return code
	}
	a.announce("Running app in debug mode!")
	if o.word != "" {
		a.err.Print("the word " + strconv.Quote(o.word) + " after -d means nothing; to launch it in debug mode, write -d -- " + o.word)
	}
	return a.launch(a.launched())
}

// launched is the command of debug mode, or the one that is given.
func (a *app) launched() []string {
	if a.options.Command == nil {
		return []string{"python3", "app/app.py"}
	}
	return a.options.Command
}

// reserve sees to it that a mode has its threads (see package threads). A command
// that is launched does not wait for them: they are there before it can have used
// up the processes of the container. Where there is a limit that we can see it does.
func (a *app) reserve(plan threads.Plan) {
	a.threads = threads.New(plan)
	a.files = offload.New(max(1, plan.Files), a.err.Print)
}

// supervise runs the programs of the configuration, which configured reads.
func (a *app) supervise(configured func() (*config.Config, int)) int {
	a.prelude.mode = config.PreludeProduction
	end := a.serveEarly()
	cfg, code := a.prepare(configured)
	end()
	if cfg == nil {
		if a.control != nil {
			a.control.Close()
		}
		return code
	}
	if a.options.supervisord == nil {
		a.announce("Running app in production mode!")
	}
	return a.production(cfg)
}

// prepare is the prelude of production mode. It returns the configuration, or nil and the
// exit code.
func (a *app) prepare(configured func() (*config.Config, int)) (*config.Config, int) {
	process.DropHandedSockets()
	cfg, code := configured()
	if cfg == nil {
		return nil, code
	}
	before := len(a.prelude.later)
	if code := a.runSteps(a.lastSteps(cfg)...); code != 0 {
		return nil, code
	}
	// Values may have variables that hooks have set, and programs files that were made.
	if len(a.prelude.later) > before || a.prelude.files.changed {
		return a.configuration(afterHooks)
	}
	return cfg, 0
}

// afterSetup is the configuration once the setup has run. It is read before, too: a mistake
// must not wait for an installation. Where nothing was installed that is the configuration.
func (a *app) afterSetup() (*config.Config, int) {
	cfg, code := a.configuration(beforeSetup)
	if code != 0 {
		return nil, code
	}
	before := len(a.prelude.later)
	if code := a.runSteps(a.setupStep()); code != 0 {
		return nil, code
	}
	if cfg == nil || a.setupHasChanged(before) {
		return a.configuration(final)
	}
	return a.withWarnings(cfg)
}

// announce prints the mode before anything that the mode starts can print.
func (a *app) announce(mode string) { a.out.PrintNow(mode) }

// debugMode says which of the two modes it is, and keeps the marker debug1.
func (a *app) debugMode() bool {
	switch o := a.options; {
	case a.second && (o.Production || o.Debug):
		return o.Debug // the marker is the container's
	case o.Production:
		if err := setup.UnmarkDebug("."); err != nil {
			a.note = err.Error()
		}
		return false
	case o.Debug:
		if err := setup.MarkDebug("."); err != nil {
			a.note = err.Error() + "; a restart without -d will run production mode"
		}
		return true
	}
	marked, note := setup.DebugMarked(".")
	if marked {
		note = "debug mode, because marker debug1 is in the working directory (--production overrides and removes it)"
	}
	a.note = note
	return marked
}

// moment is when the configuration is read.
type moment int

const (
	beforeSetup moment = iota // what setup installs may be missing
	final
	afterHooks // that have set variables: what there is to say of it has been said
)

// configuration loads the configuration, or prints what is wrong with it and
// returns nil and the exit code. Before the setup it prints no warning, and what
// the machine lacks is no mistake yet (nil, 0): the package that a program comes in
// often brings its user and its directories.
func (a *app) configuration(when moment) (*config.Config, int) {
	return a.configurationMaking(when, a.makingFirst())
}

// configurationMaking is configuration, which makes the environment (m is nil: it is made).
func (a *app) configurationMaking(when moment, m *making) (*config.Config, int) {
	cfg, stop, err := a.loadFirst(func() (*config.Config, error) { return a.load(".", m) })
	a.printNote()
	if stop != 0 {
		return nil, a.unread(stop)
	}
	if late := (*offload.LateError)(nil); !errors.As(err, &late) { // else it is still being made
		a.adopt(m)
		if cfg != nil {
			cfg.Environment = nil // it is ours now
		}
	}
	if err != nil {
		if when == beforeSetup && config.OnlyAbsent(err) {
			return nil, 0
		}
		switch {
		case a.options.Check && config.OnlyAbsent(err) && setup.Pending(a.setupOptions()):
			a.printLines(err.Error())
			a.err.Print("the setup, which is still to run here, may bring what is missing; the configuration can be checked after it")
			return nil, 0
		case a.options.Check:
			a.printLines(err.Error())
		default:
			a.lastWords(err.Error(), codeConfig)
		}
		return nil, codeConfig
	}
	if when != final || a.options.Check {
		return cfg, 0
	}
	return a.withWarnings(cfg)
}

// withWarnings prints the warnings about a configuration, which may be errors: then it
// returns nil and the exit code.
func (a *app) withWarnings(cfg *config.Config) (*config.Config, int) {
	if a.strict(cfg) && len(cfg.Warnings) > 0 {
		a.lastWords(strings.Join(append(cfg.Warnings, "warnings are errors here (--strict, or strict = on)"), "\n"), codeConfig)
		return nil, codeConfig
	}
	for _, text := range append(cfg.Warnings, cfg.Notes...) {
		a.err.Print(text)
	}
	return cfg, 0
}

// unread is the exit code where a signal has come while the configuration did not
// answer.
func (a *app) unread(stop syscall.Signal) int {
	a.err.Print("received " + process.SignalName(stop) + ": the configuration has not been read")
	return process.CodeSignal + int(stop)
}

// setupOptions say what the setup is for; how it runs its steps is not in them.
func (a *app) setupOptions() setup.Options {
	return setup.Options{Dir: ".", Policy: a.options.Policy.Policy, Image: a.options.SetupOnly, Env: os.Environ()}
}

// setupOnly is --setup.
func (a *app) setupOnly() int {
	if a.options.Policy.Policy == setup.Off {
		a.err.Print("--setup runs no step, because the setup policy is off")
	}
	if err := setup.CheckImage("."); err != nil {
		a.lastWords(err.Error(), codeConfig)
		return codeConfig
	}
	a.prelude.mode = config.PreludeProduction
	return a.runSteps(a.setupStep())
}

// setup runs the setup steps.
func (a *app) setup() (prelude.Outcome, error) {
	l := a.launcher()
	output, end := a.output()
	defer end()
	o := a.setupOptions()
	o.Run, o.Sleep, o.Log, o.Output = l.Run, l.Sleep, a.err.Print, output
	o.Budget, o.LockTimeout = l.Budget, a.options.LockTime.or(lock.DefaultLimit)
	o.Acts = func() { a.prelude.installs = true }
	o.Setenv = func(key, value string) { a.setLater(prelude.Change{Name: key, Value: value}) }
	o.Done = func(step string, done bool, took time.Duration) {
		result := "unchanged"
		if done {
			result = "done"
		}
		a.prelude.record.Set(step, result, took)
	}
	return prelude.Outcome{}, setup.Run(o)
}

func (a *app) launcher() *launch.Launcher {
	return &launch.Launcher{
		Table: a.table, Budget: a.budget(),
		Log: a.err.Print, Trace: a.tracer(), Started: a.threads.Wait, Files: a.files,
	}
}

// output is where -v shows what the tools of the setup print; nil without it. What they
// print is no line of ours, unless all lines are to be objects. end is for a last line
// without an end.
func (a *app) output() (write func([]byte), end func()) {
	switch {
	case !a.options.Verbose:
		return nil, func() {}
	case !a.out.Style().JSON:
		return a.out.Write, func() {}
	}
	lines := a.out.Relay("setup")
	return lines.Write, lines.Close
}

// tracer is where -v writes; nil without it.
func (a *app) tracer() func(string) {
	if a.options.Verbose {
		return a.err.Print
	}
	return nil
}

// launch runs one command in our place.
func (a *app) launch(argv []string) int {
	o := &a.options.Launch
	if moved := a.prelude.files.Moved(); len(moved) > 0 {
		argv, _ = profile.Redirect(profile.Command{Argv: argv, Dir: a.workDir(), Env: [2][]string{os.Environ()}}, moved)
	}
	command := &launch.Command{Argv: argv, Terminal: true, Group: o.Group}
	if len(o.Rewrite) > 0 {
		command.Rewrite = map[syscall.Signal]syscall.Signal{}
		for _, r := range o.Rewrite {
			command.Rewrite[r.from] = r.to
		}
	}
	command.Inherited = a.held
	if n, names := process.HandedSockets(); n > 0 {
		// The announcement names our process id, and has to name the command's.
		if a.held == nil {
			command.Inherited = process.KeepInherited()
		}
		command.Handed = n
		if names != "" {
			command.HandedNames = strings.Split(names, ":")
		}
	}
	protect, err := config.ParseOOMProtect(os.Getenv(config.OOMProtect))
	if err != nil {
		a.err.Print("environment variable " + config.OOMProtect + ": " + err.Error())
	}
	if protect || err != nil {
		a.table.Protect(nil)
	}
	restore, code := a.become(command)
	if code != 0 {
		return code
	}
	result, err := a.launcher().Run(command)
	restore()
	for _, code := range o.RemapExit {
		if result.Code == int(code) { // it is how a good end looks
			result.Code, result.Verdict = 0, ""
		}
	}
	if err != nil && a.mayNot(err) {
		result.Code = codeConfig
	}
	switch {
	case err != nil:
		a.lastWords(err.Error()+clientMeant(argv[0], result.Code), result.Code)
	case result.Verdict != "":
		a.leave(result.Verdict, result.Record)
	}
	return result.Code
}

// clientMeant is the end of a message about a command that does not exist, where a
// command of the control client has such a name: the word ctl was forgotten.
func clientMeant(command string, code int) string {
	name := nearest.Name(command, ctl.Names())
	if code != process.CodeNotFound || name == "" {
		return ""
	}
	return `; did you mean "entry-point ctl ` + name + `"?`
}

// lastWords says why the container ends, with what exit code, also to Kubernetes.
func (a *app) lastWords(text string, code int) {
	a.leave(text, &verdict.Record{ExitCode: code, Cause: text})
}

// leave is lastWords with a verdict.
func (a *app) leave(text string, r *verdict.Record) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	last := len(lines) - 1
	for _, line := range lines[:last] {
		a.err.Print(line)
	}
	a.err.Tell(lines[last], r)
	if err := verdict.Leave(a.mask(text)); err != nil {
		a.err.Print("cannot write the termination log for Kubernetes: " + err.Error())
	}
}

func (a *app) printLines(text string) {
	for line := range strings.Lines(text) {
		a.err.Print(strings.TrimRight(line, "\n"))
	}
}
