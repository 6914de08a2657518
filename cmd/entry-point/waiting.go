package main

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/activation"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/logline"
	"entrypoint/supervisor/prelude"
	"entrypoint/supervisor/process"
)

// waitStep waits for the servers that the configuration or the environment names. The
// gateway's binary asks them (supervisor/waitfor): it may link what PID 1 may not.
func (a *app) waitStep(cfg *config.Config) prelude.Step {
	step := prelude.Step{Name: config.StepWaitFor, Run: nothing}
	if len(cfg.Container.WaitFor) > 0 {
		step.Tells = true
		step.Run = func() (prelude.Outcome, error) { return prelude.Outcome{}, a.waitFor(cfg) }
		step.Explain = func() (lines []string) {
			for _, target := range cfg.Container.WaitFor {
				lines = append(lines, "waits for "+config.WithoutPassword(target))
			}
			return lines
		}
	}
	return step
}

// waitFor waits for the servers of a configuration.
func (a *app) waitFor(cfg *config.Config) error {
	targets, limit := cfg.Container.WaitFor, ""
	if cfg.Container.WaitTimeout > 0 {
		limit = cfg.Container.WaitTimeout.String()
	}
	file, err := activation.Find(process.Executable(), os.Environ(), nil)
	if err != nil {
		return &waitError{text: "cannot wait for other servers: " + err.Error(), code: process.CodeNotFound}
	}
	var list []string
	for _, target := range targets {
		list = append(list, config.WithoutPassword(target))
	}
	env := config.SetVariable(activation.Environment(os.Environ(), "SSL_CERT_FILE", "SSL_CERT_DIR"), config.WaitFor, strings.Join(list, " "))
	env = config.SetVariable(env, config.WaitTimeout, limit)
	start := time.Now()
	result, err := a.runWait(file, env, gatewayUser(cfg), list)
	switch {
	case err != nil:
		return &waitError{text: err.Error(), code: result.Code}
	case result.Stopped != 0 || result.Code != 0:
		return &waitError{text: "wait_for: other servers do not answer; the log says which and why", code: result.Code, stopped: result.Stopped, told: true}
	}
	a.prelude.record.Set(config.StepWaitFor, "done", time.Since(start))
	return nil
}

// waitError says why the wait for other servers has ended.
type waitError struct {
	text    string
	code    int
	stopped syscall.Signal
	told    bool // the gateway's binary has printed why
}

func (e *waitError) Error() string           { return e.text }
func (e *waitError) ExitCode() int           { return e.code }
func (e *waitError) Stopped() syscall.Signal { return e.stopped }

// gatewayUser is whom the gateway's binary runs as.
func gatewayUser(cfg *config.Config) activation.User {
	return activation.User{Wanted: cfg.Container.GatewayUser, Taken: func(id uint32) bool {
		return cfg.Container.Uses(id) || slices.ContainsFunc(cfg.Programs, func(p *config.Program) bool { return p.Uses(id) })
	}}
}

// runWait runs the process that asks the servers. It reads what strangers answer, so
// it has as little as the gateway has; a second process looks for files and for unix
// sockets, which may be for our user only, and reads nothing.
func (a *app) runWait(file string, env []string, user activation.User, targets []string) (launch.Result, error) {
	spec := process.Spec{Argv: []string{file, "wait-for"}, Env: env}
	user.Confine(&spec)
	c := &launch.Command{Argv: spec.Argv, Env: spec.Env, Credential: spec.Credential, Settings: spec.Settings, KillAfter: time.Second}
	if a.err.Style() != (logline.Style{}) {
		if w, wait, err := a.err.Pipe("entry-point"); err == nil { // else it prints where we do
			c.Stderr = w
			defer wait(lastLines)
			defer w.Close()
		}
	}
	if c.Credential != nil && slices.ContainsFunc(targets, config.IsLocal) {
		if theirs, err := a.startLocal(file, env, c.Stderr); err != nil {
			a.err.Print("cannot look for files and unix sockets as root; what the user of the gateway cannot see counts as missing: " + err.Error())
		} else {
			defer theirs.Close()
			c.Files = []*os.File{theirs}
			c.Env = config.SetVariable(slices.Clone(env), config.WaitLocal, "3")
		}
	}
	result, err := a.launcher().Run(c)
	if err != nil && activation.NoUser(&spec, err) {
		a.err.Print(err.Error() + "; the wait for other servers runs as we are, without capabilities")
		c.Credential = nil
		result, err = a.launcher().Run(c)
	}
	return result, err
}

// lastLines is how long we wait for what a process has printed when it has ended.
const lastLines = 250 * time.Millisecond

// startLocal starts the process that looks for files and unix sockets, until the
// socket that it returns is closed everywhere.
func (a *app) startLocal(file string, env []string, stderr *os.File) (theirs *os.File, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	theirs, own := os.NewFile(uintptr(ends[0]), "local"), os.NewFile(uintptr(ends[1]), "local")
	defer own.Close()
	if _, err = a.table.Start(&process.Spec{Argv: []string{file, "wait-for-local"}, Env: env, Stderr: stderr, Files: []*os.File{own}}); err != nil {
		_ = theirs.Close()
		return nil, err
	}
	return theirs, nil
}
