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

// specOf is what a process of a program is given, whatever it executes.
func (s *Supervisor) specOf(c *config.Program, argv []string) (*process.Spec, error) {
	stdin, err := s.inherited.silence.File()
	if err != nil {
		return nil, err
	}
	return &process.Spec{
		Argv: argv, Dir: c.Directory, Env: s.environment(c), Stdin: stdin, Credential: c.User.Credential(), Settings: settings(c),
	}, nil
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

// environment is what a program finds: our own, as far as it inherits that, what
// supervisord tells its programs, and what the configuration says, which may be otherwise.
func (s *Supervisor) environment(c *config.Program) []string {
	env := slices.Grow(slices.Clone(c.Inherited(s.inherited.environ)), 4+len(c.Environment))
	ours := append(make([]string, 0, 4), "SUPERVISOR_ENABLED=1")
	if s.container.ServerURL != "" {
		ours = append(ours, "SUPERVISOR_SERVER_URL="+s.container.ServerURL)
	}
	ours = append(ours, "SUPERVISOR_PROCESS_NAME="+c.Name, "SUPERVISOR_GROUP_NAME="+c.Group)
	var hooks []string
	if c.Hooks != nil {
		hooks = s.parts.hooks.Variables(c.FullName())
	}
	for _, list := range [...][]string{ours, c.Environment, hooks} {
		env = config.SetVariables(env, list)
	}
	return env
}
