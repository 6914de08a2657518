package config

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"entrypoint/config/profile"
	"entrypoint/config/vocabulary"
)

// environmentRows say who a program is and what it finds in its environment. The
// table is never written.
var environmentRows = []programKey{
	{row{
		Name: "user", Type: vocabulary.Text, Default: "(the user that entry-point runs as, or `user` of [supervisord])",
		Help: "The user of the program, by name or number, perhaps with `:GROUP`. A number needs no line in `/etc/passwd`, " +
			"but without one its group is 0 (root's, with a warning), so write `4242:4242`; root's other groups are dropped.",
		Example: "user = www-data",
	}, everywhere, forAll, setUser},
	{row{
		Name: "user_environment", Type: vocabulary.Boolean, Default: "(true; false in a supervisord.conf)",
		Help:    "With `user`, whether HOME, USER and LOGNAME are those of that user. What `environment` says stands above them.",
		Example: "user_environment = false",
	}, everywhere, forAll, setUserEnvironment},
	{row{
		Name: "environment", Type: vocabulary.List,
		Help: "Variables of the program, as `NAME=\"VALUE\"` with commas. The program has entry-point's own environment below them; " +
			"those of [program-default] hold where the program does not set the same variable.",
		Example: "environment = WORKERS=\"4\",MODE=\"%(ENV_MODE:-production)s\"",
	}, everywhere, forEach, setEnvironment},
	{row{
		Name: "env_allow", Type: vocabulary.List, Default: "(all)",
		Help: "Which variables of the container's environment the program has; `*` and `?` stand for any characters and for one, as in `DB_*`. " +
			"Its commands (`ready`, `live`, `reload_check` and hooks) have the same. What the configuration sets for it (`environment`, `envFiles`, `user`) " +
			"and what entry-point tells it (`SUPERVISOR_*`, `LISTEN_*`, `NOTIFY_SOCKET`) it has in any case; `PATH` only where it is in the list. " +
			"Nothing after the `=` hands on none. A program's own list takes the place of that of [program-default]; `%(ENV_X)s` sees every variable.",
		Example: "env_allow = PATH, LANG, DB_*",
	}, everywhere, forAll, setEnvAllow},
	{row{
		Name: "envfiles", Type: vocabulary.List,
		Help: "Dotenv files with variables of the program, relative to the configuration file; `environment` stands above them. " +
			"They are read when the container starts and when the configuration is read again; one whose name begins with `?` may be missing.",
		Example: "envFiles = ?.env, ?/run/secrets/web.env",
	}, everywhere, forEach, setEnvFiles},
	{row{
		Name: "serverurl", Type: vocabulary.Text, Default: "AUTO",
		Help:    "What the program finds in SUPERVISOR_SERVER_URL. AUTO is the first HTTP server of the configuration.",
		Example: "serverurl = unix:///run/supervisor.sock",
	}, everywhere, forAll, setServerURL},
}

func setUser(b *build, k setting, t *text) (err error) {
	b.p.User, b.account, err = b.user(k, t.s)
	b.p.Written.User = err == nil
	b.setBase()
	return err
}

func setUserEnvironment(b *build, _ setting, t *text) (err error) {
	b.userEnv, err = parseBool(t.s)
	b.setBase()
	return err
}

// setBase makes the variables that everything else in the file stands above: those of
// the program's account, as gosu and su have it, where the file does not have
// supervisord's meaning, which leaves a program with root's HOME; and in any case those of
// the user of PUID and PGID, whose number may have no name in passwd.
func (b *build) setBase() {
	b.below = b.all
	if b.account != nil && (b.userEnv || b.account.remapped) {
		b.below = merged(b.account.environment(), b.all)
	}
	b.outer, b.scope.own = b.below, b.below
	if b.p != nil {
		b.mergeEnvironment()
	}
}

func setServerURL(b *build, _ setting, t *text) error {
	b.serverURL = ""
	if url := strings.TrimSpace(t.s); url != "" && !strings.EqualFold(url, "auto") {
		b.serverURL = url
		b.p.Written.ServerURL = url
	}
	b.mergeEnvironment()
	return nil
}

// setEnvFiles reads dotenv files, which are under environment= and over that of
// [supervisord]. One whose name begins with "?" may be missing. They are often mounted
// into the container, so none is missed while the image is built.
func setEnvFiles(b *build, k setting, t *text) error {
	b.outer = b.below
	if strings.TrimSpace(t.s) == "" {
		return nil
	}
	for _, name := range t.list() {
		if name == "" {
			return quoting("a name is missing in ", t.s)
		}
		name, optional := strings.CutPrefix(name, "?")
		data, err := os.ReadFile(profile.Under(b.scope.here, name))
		gone := errors.Is(err, os.ErrNotExist)
		switch {
		case gone && optional:
			continue
		case gone && b.check:
			b.note(k, strconv.Quote(name), " does not exist here; it has to exist when the container starts. Write ?", name, " if it may be missing")
			b.scope.lenient = true
			continue
		case gone:
			return absentError{cannotRead(profile.Under(b.scope.here, name), err)}
		case err != nil:
			return cannotRead(profile.Under(b.scope.here, name), err)
		}
		list, errs := parseDotenv(profile.Under(filepath.Dir(k.File), name), string(data))
		if len(errs) > 0 {
			b.failed = true
			b.errs = append(b.errs, errs...)
			continue
		}
		b.outer = merged(b.outer, list)
	}
	b.mergeEnvironment()
	return nil
}

// setEnvAllow reads the names of the variables that a program inherits.
func setEnvAllow(b *build, _ setting, t *text) error {
	b.p.EnvAllow = []string{}
	if strings.TrimSpace(t.s) == "" {
		return nil
	}
	for _, name := range t.list() {
		if _, err := filepath.Match(name, ""); err != nil || name == "" || strings.Contains(name, "=") {
			return invalid(name, "is neither the name of a variable nor a pattern such as DB_*")
		}
		b.p.EnvAllow = append(b.p.EnvAllow, name)
	}
	return nil
}

// Inherited is what the program has of our environment. It is env itself where it has all.
func (p *Program) Inherited(env []string) (list []string) {
	if p.EnvAllow == nil {
		return env
	}
	for _, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		for _, pattern := range p.EnvAllow {
			if is, _ := filepath.Match(pattern, name); is {
				list = append(list, entry)
				break
			}
		}
	}
	return list
}

// setEnvironment reads environment=. What [program-default] says stands under what the
// section itself does, variable by variable.
func setEnvironment(b *build, k setting, t *text) error {
	list, err := parseEnvironment(t)
	if k.section == programDefault {
		b.sharedEnv = list
	} else {
		b.ownEnv = list
	}
	b.mergeEnvironment()
	return err
}

// mergeEnvironment makes the environment of the process. It may set any of the
// variables that supervisord sets, the URL among them.
func (b *build) mergeEnvironment() {
	env := merged(merged(b.outer, b.sharedEnv), b.ownEnv)
	if b.serverURL != "" {
		env = merged([]string{"SUPERVISOR_SERVER_URL=" + b.serverURL}, env)
	}
	b.p.Environment = env
	b.scope.own = env
}

// merged is the variables of both lists, those of over winning. It is base
// itself where there are no others.
func merged(base, over []string) []string {
	if len(over) == 0 {
		return base
	}
	list := variables{list: append(make([]string, 0, len(base)+len(over)), base...)}
	for _, kv := range over {
		key, val, _ := strings.Cut(kv, "=")
		list.set(key, val)
	}
	return list.list
}
