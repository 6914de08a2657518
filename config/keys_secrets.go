package config

import (
	"errors"
	"path/filepath"
	"strings"

	"entrypoint/config/vocabulary"
)

// Secrets say which variables get their values from files: X that of the file that X_FILE
// names.
type Secrets struct {
	Mode  SecretsMode
	Names []string // of SecretsNamed, such as DB_PASSWORD
	Dirs  []string // where files are taken for secrets, beside /run/secrets; absolute
}

// SecretsMode is the kind of value of secrets=.
type SecretsMode uint8

// The values of secrets=.
const (
	SecretsAuto  SecretsMode = iota // files below the directories of secrets, and what require_env wants
	SecretsOff                      // none
	SecretsNamed                    // the listed variables only
)

// secretsKeys are the keys of [entrypoint] that say which variables there are to be. It is
// never written.
var secretsKeys = []containerKey{
	{row{
		Name: "secrets", Type: vocabulary.List, Default: "auto",
		Help:    "Which variables X get their values from the files that X_FILE names: `auto`: files below /run/secrets, /var/run/secrets and `secrets_dir`, and variables of `require_env`; `off`; or a list of names.",
		Example: "secrets = DB_PASSWORD, API_TOKEN",
	}, func(l *loader, _ setting, t *text) (err error) {
		s := &l.c.Prelude.Secrets
		s.Mode, s.Names, err = parseSecrets(t)
		return err
	}},
	{row{
		Name: "secrets_dir", Type: vocabulary.List,
		Help:    "More directories whose files are secrets for `secrets = auto`, beside /run/secrets and /var/run/secrets.",
		Example: "secrets_dir = /vault/secrets, /etc/app/secrets",
	}, func(l *loader, _ setting, t *text) (err error) {
		l.c.Prelude.Secrets.Dirs, err = parseSecretsDirs(t)
		return err
	}},
	{row{
		Name: "require_env", Type: vocabulary.List,
		Help:    "Variables that have to be there before anything is done, as `NAME`, `NAME:KIND` or `NAME:KIND=DEFAULT`. The kinds are `url`, `port`, `int`, `bool` and choices such as `dev|prod` (`entry-point help require`).",
		Example: "require_env = DATABASE_URL:url, PORT:port=8000, MODE:dev|prod, DEBUG:bool",
	}, func(l *loader, k setting, t *text) (err error) {
		l.c.Prelude.Require, err = parseRequirements(t, k)
		return err
	}},
}

func parseSecrets(t *text) (mode SecretsMode, names []string, err error) {
	switch strings.ToLower(strings.TrimSpace(t.s)) {
	case "auto", "":
		return SecretsAuto, nil, nil
	case "off":
		return SecretsOff, nil, nil
	}
	for _, part := range t.split(", \t\n") {
		name, isFile := strings.CutSuffix(part.s, "_FILE")
		switch {
		case part.s == "":
		case isFile && isVariable(name):
			return 0, nil, errors.New("name the variable that gets the value: " + name + ", not " + part.s)
		case !isVariable(part.s), strings.EqualFold(part.s, "auto"), strings.EqualFold(part.s, "off"):
			return 0, nil, errors.New(quoted(part.s) + " in a list is no name of a variable; it is auto, off, or a list such as DB_PASSWORD, API_TOKEN")
		default:
			names = append(names, part.s)
		}
	}
	return SecretsNamed, names, nil
}

func parseSecretsDirs(t *text) (dirs []string, err error) {
	for _, part := range t.split(", \t\n") {
		switch dir := filepath.Clean(part.s); {
		case part.s == "":
		case !strings.HasPrefix(dir, "/"):
			return nil, invalid(part.s, "is no absolute path; write one such as /vault/secrets, or %(here)s/"+dir+" for one beside this file")
		case dir == "/":
			return nil, invalid(part.s, "is no path of a directory such as /vault/secrets")
		default:
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}
