package variables

import (
	"strings"
	"testing"

	"entrypoint/config"
)

// TestRequire: what is missing or wrong is said at once, each with its place; defaults are
// set.
func TestRequire(t *testing.T) {
	keys := func(declarations ...config.Requirement) *config.Prelude {
		return &config.Prelude{Require: declarations}
	}
	port := config.Requirement{Name: "PORT", Kind: config.VariablePort, Default: "8000", Optional: true}
	url := config.Requirement{Name: "DATABASE_URL", Kind: config.VariableURL}
	mode := config.Requirement{Name: "MODE", Kind: config.VariableChoice, Choices: []string{"dev", "prod"}}
	debug := config.Requirement{Name: "DEBUG", Kind: config.VariableBool}
	workers := config.Requirement{Name: "WORKERS", Kind: config.VariableInt}
	token := config.Requirement{Name: "TOKEN"}
	fromFile := config.Requirement{Name: "FROM_FILE", Kind: config.VariableInt}
	number := config.Requirement{Name: "TOKEN_KEY", Kind: config.VariableInt}
	optional := config.Requirement{Name: "EXTRA", Optional: true}
	off := keys(token)
	off.Secrets.Mode = config.SecretsOff
	skipped := keys(token)
	skipped.Skip = []string{config.StepSecrets}
	named := keys(token)
	named.Secrets.Mode = config.SecretsNamed
	cert := config.Requirement{Name: "SSL_CERT"}
	for name, c := range map[string]struct {
		keys      *config.Prelude
		env, want string
		err       []string
	}{
		"nothing":             {keys: keys(), env: "A=1", want: "A=1"},
		"all there":           {keys: keys(url, port, mode, debug, workers), env: "DATABASE_URL=postgres://u:p@h/d|PORT=1|MODE=dev|DEBUG=no|WORKERS=3", want: "DATABASE_URL=postgres://u:p@h/d|PORT=1|MODE=dev|DEBUG=no|WORKERS=3"},
		"default":             {keys: keys(port), env: "A=1", want: "A=1|PORT=8000"},
		"default, empty":      {keys: keys(port), env: "PORT=|A=1", want: "A=1|PORT=8000"},
		"empty default":       {keys: keys(optional), env: "A=1", want: "A=1|EXTRA="},
		"empty and no longer": {keys: keys(optional), env: "EXTRA=", want: "EXTRA="},
		"the last one counts": {keys: keys(port), env: "PORT=x|PORT=1", want: "PORT=x|PORT=1"},
		"all missing": {keys: keys(url, mode, debug, workers, token), env: "A=1|TOKEN=|MDOE=dev", err: []string{
			"DATABASE_URL is missing, and has to be a URL such as postgres://user@host/name",
			"MODE is missing, and has to be one of dev, prod; MDOE is there: is it meant?",
			"DEBUG is missing, and has to be true or false (or yes, no, on, off, 1, 0)",
			"WORKERS is missing, and has to be a whole number",
			"TOKEN is empty, and has to be a value that is not empty",
		}},
		"all wrong": {keys: keys(url, port, mode, debug, workers, number, fromFile), env: "DATABASE_URL=postgres:/hunter2|PORT=80a|MODE=prod2|DEBUG=" + strings.Repeat("y", 100) + "|WORKERS=a\nb|TOKEN_KEY=hunter2|FROM_FILE=hunter2", err: []string{
			"DATABASE_URL has to be a URL such as postgres://user@host/name: it does not begin with a scheme and :// (its value is not shown)",
			`PORT is "80a", and has to be a port from 1 to 65535`,
			`MODE is "prod2", and has to be one of dev, prod (did you mean prod?)`,
			`DEBUG is "` + strings.Repeat("y", 40) + `...", and has to be true or false (or yes, no, on, off, 1, 0)`,
			`WORKERS is "a\nb", and has to be a whole number`,
			"TOKEN_KEY has to be a whole number (its value is not shown)",
			"FROM_FILE has to be a whole number (its value is not shown)",
		}},
		"too large": {keys: keys(workers, number), env: "WORKERS=99999999999999999999|TOKEN_KEY=99999999999999999999", err: []string{
			`WORKERS is "99999999999999999999", and has to be a whole number: it has more than 64 bits`,
			"TOKEN_KEY has to be a whole number: it has more than 64 bits (its value is not shown)",
		}},
		"secrets off": {keys: off, env: "TOKEN_FILE=/x", err: []string{
			"TOKEN is missing, and has to be a value that is not empty; TOKEN_FILE is set, and is not taken: secrets is off",
		}},
		"secrets skipped": {keys: skipped, env: "TOKEN_FILE=/x", err: []string{
			"TOKEN is missing, and has to be a value that is not empty; TOKEN_FILE is set, and is not taken: the step secrets is left out",
		}},
		"secrets of others": {keys: named, env: "TOKEN_FILE=/x", err: []string{
			"TOKEN is missing, and has to be a value that is not empty; TOKEN_FILE is set, and is not taken: secrets does not name TOKEN",
		}},
		"never taken": {keys: keys(cert), env: "SSL_CERT_FILE=/x", err: []string{
			"SSL_CERT is missing, and has to be a value that is not empty; SSL_CERT_FILE is set, and is not taken: programs use that name for a file of their own; secrets = SSL_CERT takes it",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Require(Options{
				Keys: c.keys, Env: strings.Split(c.env, "|"), Secret: []string{"FROM_FILE"},
			})
			if c.err == nil {
				if got := strings.Join(r.Env, "|"); err != nil || got != c.want {
					t.Errorf("%v\ngot  %q\nwant %q", err, got, c.want)
				}
				return
			}
			if want := strings.Join(c.err, "\n"); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
	r, err := Require(Options{Keys: keys(port, optional, mode), Env: []string{"MODE=dev"}})
	if want := "checked 3 variables (by default: PORT, EXTRA)"; err != nil || r.What != want {
		t.Errorf("got %q, want %q (%v)", r.What, want, err)
	}
}
