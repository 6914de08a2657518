package main

import (
	"cmp"
	"errors"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"

	"entrypoint/config"
	"entrypoint/supervisor"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/logs"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/prelude/variables"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/safefile"
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
		Output: &incarnation.Pump{Pump: logs.NewPump(logs.Options{
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
