package config

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxProcs keeps a slip of the hand from filling the memory.
const maxProcs = 1 << 15

func setCommand(b *build, k setting, t text) (err error) {
	b.p.Written.Command = t.s
	if b.p.Command, err = splitWords(t); err == nil && len(b.p.Command) == 0 {
		return errors.New("the command is empty")
	}
	if err == nil {
		if trace := shellTrace(t, b.p.Command); trace != "" {
			b.warn(k, trace)
		}
	}
	return err
}

func setProcessName(b *build, _ setting, t text) error {
	b.p.Name = t.trim().s
	return validName(b.p.Name)
}

func setNumProcs(b *build, _ setting, t text) (err error) {
	b.scope.numProcs, err = parseInt(t.s, -maxProcs, maxProcs)
	return err
}

func setNumProcsStart(b *build, _ setting, t text) (err error) {
	b.scope.processNum, err = parseInt(t.s, 0, 1<<30)
	return err
}

// checkProcessName refuses names that are all the same.
func (b *build) checkProcessName() {
	k, ok := b.lookup("process_name")
	if !ok {
		k, _ = b.lookup("numprocs")
		b.fail(k, "with several processes, process_name must be set and contain %(process_num), such as %(program_name)s_%(process_num)02d")
	} else if !strings.Contains(k.Value, "%(process_num)") {
		b.fail(k, "with several processes it must contain %(process_num), such as %(program_name)s_%(process_num)02d")
	}
}

func setDirectory(b *build, _ setting, t text) error {
	b.p.Directory = t.s
	return nil
}

func setUser(b *build, k setting, t text) (err error) {
	b.p.User, b.account, err = b.user(k, t.s)
	b.p.Written.User = err == nil
	b.setBase()
	return err
}

func setUserEnvironment(b *build, _ setting, t text) (err error) {
	b.userEnv, err = parseBool(t.s)
	b.setBase()
	return err
}

// setBase makes the variables that everything else in the file stands above: those of
// the program's account, as gosu and su have it, where the file does not have
// supervisord's meaning, which leaves a program with root's HOME.
func (b *build) setBase() {
	b.below = b.all
	if b.userEnv && b.account != nil {
		b.below = merged(b.account.environment(), b.all)
	}
	b.outer, b.scope.own = b.below, b.below
	if b.p != nil {
		b.mergeEnvironment()
	}
}

func setUmask(b *build, _ setting, t text) (err error) {
	b.p.Umask, err = parseOctal(t.s)
	return err
}

func setServerURL(b *build, _ setting, t text) error {
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
func setEnvFiles(b *build, k setting, t text) error {
	b.outer = b.below
	if strings.TrimSpace(t.s) == "" {
		return nil
	}
	for _, name := range t.list() {
		if name == "" {
			return errors.New("a name is missing in " + strconv.Quote(t.s))
		}
		name, optional := strings.CutPrefix(name, "?")
		data, err := os.ReadFile(under(b.scope.here, name))
		gone := errors.Is(err, os.ErrNotExist)
		switch {
		case gone && optional:
			continue
		case gone && b.check:
			b.note(k, strconv.Quote(name)+" is not here: it is read when the container starts, and has to be there then; ?"+name+" is one that may be missing")
			b.scope.lenient = true
			continue
		case gone:
			return absentError{cannotRead(under(b.scope.here, name), err)}
		case err != nil:
			return cannotRead(under(b.scope.here, name), err)
		}
		list, errs := parseDotenv(under(filepath.Dir(k.File), name), string(data))
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

// setEnvironment reads environment=. What [program-default] says stands under what the
// section itself does, variable by variable.
func setEnvironment(b *build, k setting, t text) error {
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

// checkLines warns of what the file's grammar has made of a value.
func (b *build) checkLines() {
	for _, k := range b.keys {
		b.swallowed(k)
		if k.OpenQuote > 0 && (k.Name == "command" || k.Name == "environment") {
			b.warn(k, "a comment begins inside of quotation marks (line "+strconv.Itoa(k.OpenQuote)+
				`): " ;" and " #" always begin one; take the blank before it away, or put the text into a script`)
		}
	}
}

// swallowed warns of a value that has taken in a line which looks like
// something else: supervisord's rule for continuation lines does that to an
// indented header or key without a word.
func (b *build) swallowed(k setting) {
	_, rest, more := strings.Cut(k.Value, "\n") // the key's own line is what it says
	if !more {
		return
	}
	for line := range strings.SplitSeq(rest, "\n") {
		name, _, ok := strings.Cut(line, "=")
		if strings.HasPrefix(line, "[program:") || ok && findKey(strings.TrimSpace(name)) != nil {
			b.warn(k, "the line "+strconv.Quote(line)+" is part of this value, because it is indented more than the key")
		}
	}
}
