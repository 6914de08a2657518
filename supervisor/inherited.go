package supervisor

import (
	"slices"
	"syscall"

	"entrypoint/config"
	"entrypoint/supervisor/incarnation"
	"entrypoint/supervisor/process"
)

// inherited is what processes inherit from us, beside what their configuration says.
type inherited struct {
	environ   []string            // our own environment
	silence   incarnation.Silence // standard input of processes to which nobody writes
	listening                     // sockets of programs
}

// Given is what every process of a program is given, whatever it executes: its main process,
// its hooks, probes and checks. There is no other place that says so. environ is our own
// environment, and handed are the variables of its last pre_start hook. What the container
// is given by its own keys is what we have, once programs run.
func Given(p *config.Program, c *config.Container, environ, handed []string) process.Spec {
	return process.Spec{Dir: p.Directory, Env: environmentOf(p, c, environ, handed), Credential: p.User.Credential(), Settings: settings(p)}
}

// specOf is what a process of a program is given that is started now.
func (s *Supervisor) specOf(c *config.Program, argv []string) (*process.Spec, error) {
	stdin, err := s.inherited.silence.File()
	if err != nil {
		return nil, err
	}
	spec := Given(c, &s.container, s.inherited.environ, s.handed(c))
	spec.Argv, spec.Stdin = argv, stdin
	return &spec, nil
}

// handed are the variables that the last pre_start hook of a program has handed over.
func (s *Supervisor) handed(c *config.Program) []string {
	if c.Hooks == nil {
		return nil
	}
	return s.parts.hooks.Variables(c.FullName())
}

// settings is what must be so before the command's first instruction.
func settings(c *config.Program) (set process.Settings) {
	if c.Umask >= 0 {
		set.Umask = &c.Umask
	}
	limit := func(l *config.Limit) *syscall.Rlimit {
		if l == nil {
			return nil
		}
		return &syscall.Rlimit{Cur: l.Soft, Max: l.Hard}
	}
	set.NoFile, set.Core = limit(c.Limits.NoFile), limit(c.Limits.Core)
	set.Nice, set.OOMScoreAdj = c.Limits.Nice, c.Limits.OOMScoreAdj
	set.NoNewPrivs, set.Capabilities = c.Limits.NoNewPrivs, c.Limits.Capabilities
	return set
}

// environmentOf is what a program finds: our own, as far as it inherits that, what
// supervisord tells its programs, and what the configuration says, which may be otherwise.
func environmentOf(p *config.Program, c *config.Container, environ, handed []string) []string {
	env := slices.Grow(slices.Clone(p.Inherited(environ)), 4+len(p.Environment))
	ours := append(make([]string, 0, 4), "SUPERVISOR_ENABLED=1")
	if c.ServerURL != "" {
		ours = append(ours, "SUPERVISOR_SERVER_URL="+c.ServerURL)
	}
	ours = append(ours, "SUPERVISOR_PROCESS_NAME="+p.Name, "SUPERVISOR_GROUP_NAME="+p.Group)
	for _, list := range [...][]string{ours, p.Environment, handed} {
		env = config.SetVariables(env, list)
	}
	return env
}
