package main

import (
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/config"
	"entrypoint/supervisor/activation"
	"entrypoint/supervisor/launch"
	"entrypoint/supervisor/logline"
	"entrypoint/supervisor/process"
)

// waitFor waits for the servers that the configuration or the environment names; 0:
// they answer, or there are none. The gateway's binary asks them
// (supervisor/waitfor): it may link what PID 1 may not.
func (a *app) waitFor(cfg *config.Config) int {
	targets, limit := cfg.Container.WaitFor, ""
	if cfg.Container.WaitTimeout > 0 {
		limit = cfg.Container.WaitTimeout.String()
	}
	if len(targets) == 0 {
		return 0
	}
	file, err := activation.Find(process.Executable(), os.Environ(), nil)
	if err != nil {
		a.lastWords("cannot wait for other servers: "+err.Error(), process.CodeNotFound)
		return process.CodeNotFound
	}
	var list []string
	for _, target := range targets {
		list = append(list, config.WithoutPassword(target))
	}
	env := config.SetVariable(activation.Environment(os.Environ(), "SSL_CERT_FILE", "SSL_CERT_DIR"), config.WaitFor, strings.Join(list, " "))
	env = config.SetVariable(env, config.WaitTimeout, limit)
	return a.ended(a.runWait(file, env, gatewayUser(cfg), list))
}

// waitInDebug waits for the servers that programs would wait for, before debug mode
// starts its command. What else is wrong with the configuration keeps nobody from
// debugging.
func (a *app) waitInDebug() int {
	var unread error
	cfg, stop, err := a.loadFirst(func() (cfg *config.Config, err error) {
		cfg, unread, err = config.LoadWait(a.sources("."))
		return cfg, err
	})
	switch {
	case stop != 0:
		return a.unread(stop)
	case err != nil:
		a.lastWords(err.Error(), codeConfig)
		return codeConfig
	case unread != nil:
		a.printLines(unread.Error())
	}
	return a.waitFor(cfg)
}

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
	c := launch.Command{Argv: spec.Argv, Env: spec.Env, Credential: spec.Credential, Settings: spec.Settings, KillAfter: time.Second}
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

// ended is the exit code of a wait.
func (a *app) ended(result launch.Result, err error) int {
	switch {
	case err != nil:
		a.lastWords(err.Error(), result.Code)
	case result.Stopped != 0:
		a.err.Print(process.SignalName(result.Stopped) + " has ended the wait for other servers")
		return process.CodeSignal + int(result.Stopped)
	}
	return result.Code
}
