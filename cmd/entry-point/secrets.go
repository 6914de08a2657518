package main

import (
	"os"
	"slices"
	"strings"

	"entrypoint/config"
	"entrypoint/supervisor/process"
	"entrypoint/supervisor/secret"
)

// mask hides the secrets in a text of ours. Our own environment is looked through when the
// first line is printed: a command that is launched without one does not pay for it.
func (a *app) mask(text string) string {
	a.own.Do(func() { a.learn(nil) })
	return a.secrets.Mask(text)
}

// learn puts the secrets of our environment and of a configuration (nil: none was read)
// on the list. It may be called from any goroutine.
func (a *app) learn(cfg *config.Config) {
	values := secret.OfEnvironment(nil, os.Environ())
	for _, login := range a.logins {
		_, password, _ := strings.Cut(login[1], ":")
		values = append(values, login[1], password)
	}
	var programs []*config.Program
	if cfg != nil {
		values = ofContainer(values, &cfg.Container)
		programs = cfg.Programs
		for _, p := range programs {
			values = ofProgram(values, p)
		}
	}
	a.secrets.Learn(values, func(value string) bool {
		return slices.ContainsFunc(programs, func(p *config.Program) bool { return p.Name == value || p.Group == value })
	})
}

// learnVariables puts those of some variables on the list whose names say it, or that hold
// a URL with a password.
func (a *app) learnVariables(env []string) { a.secrets.Learn(secret.OfEnvironment(nil, env), nil) }

// ofContainer adds the secrets of what concerns all programs.
func ofContainer(values []string, c *config.Container) []string {
	for i := range c.Servers {
		values = append(values, c.Servers[i].Password, c.Servers[i].ReaderPassword)
	}
	for _, target := range c.WaitFor {
		values = secret.OfText(values, target)
	}
	return values
}

// ofProgram adds the secrets of a program.
func ofProgram(values []string, p *config.Program) []string {
	values = secret.OfEnvironment(values, p.Environment)
	for _, command := range [...][]string{p.Command, p.ReloadCheck, p.Ready.Command, p.Live.Command} {
		for _, word := range command {
			values = secret.OfText(values, word)
		}
	}
	return secret.OfText(values, p.Ready.String()+" "+p.Live.String())
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

// withLogins is an environment with the passwords of the HTTP server, which only the
// configuration is to see.
func (a *app) withLogins(env []string) []string {
	for _, login := range a.logins {
		env = config.SetVariable(env, login[0], login[1])
	}
	return env
}
