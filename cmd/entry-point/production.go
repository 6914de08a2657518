package main

import (
	"cmp"
	"errors"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/deps"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/prelude/variables"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/safefile"
	"entrypoint/supervisor/setup"
	"entrypoint/supervisor/stopping"
	"entrypoint/supervisor/verdict"
)

// production supervises the programs of cfg until the container's end.
func (a *app) production(cfg *config.Config) int {
	c := &cfg.Container
	own := process.Executable() // before we leave the working directory
	dir, err := os.Getwd()
	if err != nil {
		a.err.Print("cannot find the working directory: " + err.Error())
		dir = "."
	}
	changes, err := a.table.SetLimits(uint64(c.MinFDs), uint64(c.MinProcs))
	for _, line := range changes {
		a.err.Print(line)
	}
	if err != nil {
		a.err.Print(err.Error())
		return codeConfig
	}
	if c.Umask >= 0 {
		syscall.Umask(c.Umask)
	}
	if c.Directory != "" {
		if err := os.Chdir(c.Directory); err != nil {
			a.err.Print("cannot enter directory " + c.Directory + ": " + err.Error())
			return codeConfig
		}
	}
	a.threads.Wait()
	defer pidfile(c.Pidfile, a.files, a.err.Print)()
	collectAsUsual()
	if !c.NoOOMProtect {
		a.table.Protect(a.raise)
	}
	a.running = true
	a.buffer = logs.NewBuffer(int64(cmp.Or(c.LogBuffer, config.DefaultLogBuffer)))
	return supervisor.New(cfg, supervisor.Options{
		Table: a.table, Files: a.files, Buffer: a.buffer,
		Output: incarnation.Pump{Pump: logs.NewPump(logs.Options{
			Format: logs.Format(c.LogFormat), Log: a.err.Print, Files: a.files, Buffer: a.buffer, Tail: tailSize, Copy: len(c.Servers) > 0,
		})},
		Log: a.err.Print, Tell: func(line string, r *verdict.Record) { a.err.Tell(line, r) }, Trace: a.tracer(), Mask: a.mask, Learn: a.learnVariables,
		Journal:    a.journal,
		GatewayLog: a.gatewayLog(),
		Load:       func() (*config.Config, error) { return a.loadStrictly(dir) }, Render: a.renderer(dir), Adopt: a.adoptAgain,
		Keys: func() (*config.Config, error) {
			o := a.sources(dir)
			o.Check = true
			cfg, err := config.Load(o)
			if err == nil {
				a.learn(cfg) // the files may have other secrets than what runs
			}
			return cfg, err
		},
		Version: version, Executable: own, Steps: a.steps, Serve: a.serveControl, GiveBack: giveBack,
		Grant: func(channel *os.File, g control.Grantee) *control.Link { return a.control.Grant(channel, g) },
	}).Run()
}

// collectAsUsual undoes what the container's environment says to Go's garbage
// collector, which is meant for programs: with GOGC=off we would only ever grow, and
// with a small GOMEMLIMIT do little else but collect.
func collectAsUsual() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(math.MaxInt64)
	}
}

// raise is by how many points the kernel's scores of programs are raised where ours
// cannot be lowered: as many as 12 MB are of the memory that can run out, which we may
// be larger than a small program. It is less than 200, so that containers whose values
// of docker run --oom-score-adj are 200 apart keep their order.
func (a *app) raise() int {
	const larger = 12 << 20
	if a.prelude.size == nil {
		size := variables.Measure()
		a.prelude.size = &size
	}
	return int(min(199, 1+1000*larger/max(a.prelude.size.Memory, 1)))
}

// tailSize is how much of a stream can be read later with entry-point ctl.
const tailSize = 1 << 14

// pidfile writes our process id to a file ("": none), and returns what removes
// it. Nobody needs it here, so that it cannot be written ends nothing.
func pidfile(path string, files *offload.Pool, log func(string)) (remove func()) {
	if path == "" {
		return func() {}
	}
	do := func(what string, f func() error) error {
		_, err := offload.Do(files, offload.Call{Key: "pidfile", What: what, Path: path}, func() (struct{}, error) { return struct{}{}, f() }, nil)
		return err
	}
	if err := do("write the pidfile", func() error {
		return safefile.Write(path, []byte(strconv.Itoa(os.Getpid())+"\n"), os.O_CREATE, 0o644)
	}); err != nil {
		if late := (*offload.LateError)(nil); !errors.As(err, &late) {
			err = errors.New("cannot write the pidfile " + path + ": " + err.Error())
		}
		log(err.Error())
		return func() {}
	}
	return func() { _ = do("remove the pidfile", func() error { return safefile.Remove(path) }) }
}

// loadTime is when we give up a configuration that does not answer.
const loadTime = 30 * time.Second

// loadFirst reads the configuration before anything runs, by load. It may be on a
// file system that does not answer: a stop signal ends the wait, and so does time.
func (a *app) loadFirst(load func() (*config.Config, error)) (cfg *config.Config, stop syscall.Signal, err error) {
	told := false
	for begin := time.Now(); ; {
		cfg, err = offload.Do(a.files, offload.Call{Key: "configuration", What: "read the configuration", Wait: time.Second}, load, nil)
		if late := (*offload.LateError)(nil); !errors.As(err, &late) || time.Since(begin) >= loadTime {
			return cfg, 0, err
		}
		if !told {
			told = true
			a.tellReading()
		}
		if sig := a.lookForStop(); sig != 0 {
			return nil, sig, nil
		}
	}
}

// loadStrictly is load, where warnings may be errors.
func (a *app) loadStrictly(dir string) (*config.Config, error) {
	cfg, err := a.load(dir, a.makingAgain())
	if err == nil && a.strict(cfg) && len(cfg.Warnings) > 0 {
		return nil, errors.New(strings.Join(cfg.Warnings, "\n"))
	}
	return cfg, err
}

// strict says whether warnings about a configuration are errors.
func (a *app) strict(cfg *config.Config) bool {
	return a.options.Strict || cfg.Container.Strict == config.StrictOn || a.options.Check && cfg.Container.Strict == config.StrictCheck
}

// sources are where the configuration is, as seen from dir.
func (a *app) sources(dir string) config.Options {
	o := config.Options{File: a.options.Config, Env: os.Environ(), Dir: dir, IsDirectory: a.isDirectory, Check: a.options.Check}
	o.Moved = a.prelude.files.Moved()
	o.Pending = o.Check && setup.Pending(a.setupOptions())
	o.Env = a.withLogins(o.Env)
	if !a.running && !a.options.Check {
		o.Logs = a.setStyle
	}
	if user := a.options.Launch.User; user != "" {
		o.Supervisord = []config.Setting{{Key: "user", Value: user}}
	}
	if s := a.options.supervisord; s != nil {
		o.Program, o.RequireFile, o.Supervisord = s.argv0, true, s.settings
	}
	return o
}

// withLogins is an environment with the passwords of the HTTP server, which only the
// configuration is to see.
func (a *app) withLogins(env []string) []string {
	for _, login := range a.logins {
		env = config.SetVariable(env, login[0], login[1])
	}
	return env
}

// stopBudget is the time for the whole stop. Who has called us supervisord knows of no
// budget: there it is what the file lets its programs take, one phase after the other,
// unless something is said.
func (a *app) stopBudget(cfg *config.Config) time.Duration {
	said := time.Duration(a.options.StopBudget)
	if said == 0 {
		said = cfg.Container.StopBudget
	}
	if said > 0 || a.options.supervisord == nil {
		return a.options.StopBudget.or(cfg.Container.StopBudget)
	}
	programs := make([]deps.Program, len(cfg.Programs))
	waits := make([]time.Duration, len(programs))
	for i, p := range cfg.Programs {
		programs[i] = deps.Program{Name: p.FullName(), Rank: deps.Rank{Group: p.GroupPriority, Own: p.Priority}, Needs: p.DependsOn}
		for _, rung := range p.StopSignals {
			waits[i] += rung.Wait
		}
		waits[i] += p.Hooks.StopTime()
	}
	return max(defaultBudget, cfg.Container.Drain+stopping.Span(deps.New(programs), waits))
}

// load reads the configuration, as seen from dir, and makes the environment meanwhile (m
// is nil: it is made). What the command line says of it wins.
func (a *app) load(dir string, m *making) (*config.Config, error) {
	return a.loadFrom(a.sources(dir), m)
}

// loadFrom is load of some sources.
func (a *app) loadFrom(o config.Options, m *making) (*config.Config, error) {
	a.makes(&o, m)
	cfg, err := config.Load(o)
	if err != nil {
		return nil, err
	}
	a.learn(cfg)
	if m != nil && m.made {
		cfg.Environment = m.env
	}
	c := &cfg.Container
	c.StopBudget = a.stopBudget(cfg)
	if c.Drain > 0 && c.Drain >= c.StopBudget {
		return nil, errors.New("a drain of " + c.Drain.String() + " leaves no time to stop: the budget of the whole stop is " + c.StopBudget.String() +
			"; raise stop_budget, and with it docker stop's -t or terminationGracePeriodSeconds")
	}
	cfg.FitStops(c.StopBudget - c.Drain)
	return cfg, nil
}
