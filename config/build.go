package config

import (
	"cmp"
	"slices"
	"strings"
	"syscall"
	"time"

	"entrypoint/config/ini"
)

// unit is what one section makes in one group: its processes.
type unit struct {
	*declared
	group    string
	by       *ini.Section // that makes the group
	priority int          // of the group
	keys     []setting    // as build has them, for Config.Finding
	programs []Program

	dependsOn []Dependency // as written at dependsAt
	dependsAt setting
	needs     []*unit
	visit     visit
}

// build is a unit while its section is read.
type build struct {
	*loader
	unit  *unit
	keys  []setting // of the section, and what it does not set of [program-default]
	scope scope
	text  text     // of the key that is read
	p     *Program // the process that the keys are read for

	// What the keys say that makes a part of a Program only together with others.
	account              *login   // whose HOME, USER and LOGNAME it may have; nil: nobody's
	userEnv              bool     // user_environment
	below                []string // the account's variables, and [supervisord]'s over them
	outer                []string // what environment= sees: those, and the files'
	sharedEnv            []string // environment= of [program-default]
	ownEnv               []string
	serverURL            string
	stopSignals          []syscall.Signal
	rungs                []StopSignal // of stopsignal; a Wait below 0 is stopWait
	stopWait             time.Duration
	insist, insistGroup  bool // send the stop signals again and again; the repeated ones to the whole group
	quick                bool // the last one is not repeated, and is for the whole group
	syslogOut, syslogErr bool
	socket               Socket
	schedule             schedule
	portHooks            bool // it has hooks of the Go port of supervisord
	unneeded             bool // a listener whose work log_format does
	failed               bool // one of its keys is wrong
}

// build makes the units of all declared programs, in supervisord's order.
func (l *loader) build() {
	for _, g := range l.groups {
		for _, d := range g.members {
			l.unit(d, g.name, g.section, &g.priority)
		}
	}
	for _, d := range l.declared {
		if !d.grouped {
			l.unit(d, d.name, d.section, nil)
		}
	}
	slices.SortStableFunc(l.units, func(a, b *unit) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), strings.Compare(a.group, b.group))
	})
}

// unit reads a section for one group, whose priority is the program's own if
// that is nil. by is the section that makes the group.
func (l *loader) unit(d *declared, group string, by *ini.Section, priority *int) {
	u := &unit{declared: d, group: group, by: by}
	l.units = append(l.units, u)
	b := &build{
		loader: l, unit: u, keys: l.keysOf(d),
		scope:   scope{env: l.env, own: l.all, program: d.name, group: group, numProcs: 1},
		account: l.defaultAccount, userEnv: l.ours,
		stopWait: 10 * time.Second,
		socket:   Socket{Mode: 0o700, Activate: d.kind == inProgram},
	}
	if l.check {
		u.keys = b.keys
	}
	b.setBase()
	b.checkLines()
	b.readNamed("numprocs")
	b.readNamed("numprocs_start")
	if b.scope.numProcs > 1 {
		b.checkProcessName()
	}
	if b.failed {
		return
	}
	b.processes()
	for i := range u.programs {
		p := &u.programs[i]
		if priority == nil {
			priority = &p.Priority
		}
		p.GroupPriority = *priority
		u.priority = *priority
	}
}

// keysOf are the keys of a section, and then those of [program-default] that it
// does not set itself.
func (l *loader) keysOf(d *declared) []setting {
	keys := make([]setting, 0, len(d.section.Keys)+len(l.defaults))
	for i := range d.section.Keys {
		keys = append(keys, setting{&d.section.Keys[i], d.section.Name})
	}
	if d.kind == inListener {
		return keys
	}
	for _, k := range l.defaults {
		if _, ok := d.section.Key(k.Name); !ok || k.Name == "environment" { // which is merged
			keys = append(keys, k)
		}
	}
	return keys
}

// defaults is a program whose section says nothing.
func (b *build) defaults() Program {
	s := b.unit.section
	p := Program{
		Name: b.unit.name, Group: b.unit.group, Section: s.Name, Source: place(s.File, s.Line),
		Environment: slices.Clip(b.below), User: b.defaultUser, Umask: -1,
		Priority: 999, Autostart: true, Autorestart: RestartUnexpected, ExitCodes: []int{0},
		StartSecs: time.Second, StartRetries: 3, RestartMax: b.restartMax, RestartLimit: b.restartLimit, KillAsGroup: true,
		Health: Health{LiveEvery: liveEvery, LiveTimeout: liveTimeout, Failures: liveFailures},
		// In a container the output belongs on its own streams; supervisord
		// would write files that nobody finds.
		Stdout: Stream{Targets: []Target{{Kind: TargetStdout}}, MaxBytes: 50 << 20, Backups: 10},
		Stderr: Stream{Targets: []Target{{Kind: TargetStderr}}, MaxBytes: 50 << 20, Backups: 10},
	}
	if b.unit.kind == inListener {
		p.Priority = -1
		p.Pool = &Pool{Name: b.unit.name, BufferSize: 10, Priority: -1}
		p.Stdout.Targets = nil // the protocol, which no reader of a log wants
	}
	return p
}

// processes reads the keys for each process. What no %(process_num) changes is
// read for the first one only, and shared.
func (b *build) processes() {
	list := make([]Program, max(b.scope.numProcs, 1))
	list[0] = b.defaults()
	b.p = &list[0]
	if b.scope.numProcs <= 0 {
		b.readFirst(func(spec *programKey) bool { return !spec.perProcess }) // as supervisord does
		return
	}
	varying := b.readFirst(func(*programKey) bool { return true })
	b.checkMissing()
	if b.failed {
		return
	}
	b.unit.programs = list
	read := list[0]
	b.complete()
	onlyName := !slices.ContainsFunc(varying, func(k setting) bool { return k.Name != "process_name" })
	for i := 1; i < len(list) && !b.failed; i++ {
		list[i] = list[0]
		if !onlyName {
			list[i] = read
		}
		b.p = &list[i]
		b.scope.processNum++
		for _, k := range varying {
			b.read(k, findKey(k.Name))
		}
		if !onlyName && !b.failed {
			b.complete()
		}
	}
}

// environmentKeys come first: what they say is seen in the values of the others.
// It is never written.
var environmentKeys = [...]string{"user", "user_environment", "serverurl", "envfiles", "environment"}

// readFirst reads those keys that are wanted, for the first process, and returns
// the ones that are not the same for each.
func (b *build) readFirst(wanted func(*programKey) bool) (varying []setting) {
	read := func(k setting, spec *programKey) {
		if wanted(spec) && b.read(k, spec) {
			varying = append(varying, k)
		}
	}
	for _, name := range environmentKeys {
		for _, k := range slices.Backward(b.keys) { // [program-default]'s before the section's own
			if k.Name == name {
				read(k, findKey(name))
				b.scope.ownVaries = len(varying) > 0
			}
		}
	}
	for _, k := range b.keys {
		spec := findKey(k.Name)
		switch {
		case spec == nil:
			b.unknownKey(k, keyNames(b.unit.kind))
		case spec.kinds&b.unit.kind == 0:
			if !k.Inherited {
				b.warn(k, "it has no meaning here, only in ", spec.kinds.String())
			}
		case k.Name != "numprocs" && k.Name != "numprocs_start" && !slices.Contains(environmentKeys[:], k.Name):
			read(k, spec)
		}
	}
	return varying
}

func (b *build) readNamed(name string) {
	if k, ok := b.lookup(name); ok {
		b.read(k, findKey(name))
	}
}

// read expands and reads one key, and reports whether its value is another one
// for each process.
func (b *build) read(k setting, spec *programKey) (varies bool) {
	b.scope.here = b.hereOf(k.File)
	b.scope.perProcess = spec.perProcess
	b.scope.varies, b.scope.unresolved = false, false
	if slices.Contains(environmentKeys[:], k.Name) {
		b.scope.own = b.outer // environment= does not see itself
	}
	err := error(nil)
	if b.text, err = b.expand(k, &b.scope); err == nil {
		err = spec.set(b, k, &b.text)
	}
	if err != nil && !b.scope.unresolved {
		b.failed = true
		b.failErr(k, err)
	}
	return b.scope.varies
}

// checkMissing refuses a section without a key that it needs.
func (b *build) checkMissing() {
	need := func(kinds kind, key string) {
		if b.unit.kind&kinds != 0 && !b.explicit(key) {
			b.failed = true
			b.loader.fail(b.unit.section, "the key ", key, " is missing")
		}
	}
	need(everywhere, "command")
	need(inFCGI, "socket")
	need(inListener, "events")
}

// complete finishes a process whose keys have all been read.
func (b *build) complete() {
	b.completeStreams()
	b.completeStop()
	b.completeSocket()
	b.completeOneshot()
	b.completeHooks()
	b.completeListener()
	if b.failed {
		return
	}
	b.adapt()
	b.completeHealth()
	b.completeRecycle()
	b.p.StopSignals = b.ladder()
	b.noteStopWait()
}

// lookup is a key of the section or of [program-default].
func (b *build) lookup(name string) (setting, bool) {
	for _, k := range b.keys {
		if k.Name == name {
			return k, true
		}
	}
	return setting{Key: &absentKey}, false
}

// explicit says whether the file itself sets a key: then we do not know better.
func (b *build) explicit(name string) bool {
	_, ok := b.lookup(name)
	return ok
}

// own are those of the named keys that the section sets itself.
func (b *build) own(names ...string) (own []setting) {
	for _, name := range names {
		if k, ok := b.lookup(name); ok && !k.Inherited {
			own = append(own, k)
		}
	}
	return own
}

// refuse fails those of the named keys that the section sets itself.
func (b *build) refuse(reason string, names ...string) {
	for _, k := range b.own(names...) {
		b.fail(k, reason)
	}
}

func (b *build) fail(k setting, parts ...string) {
	b.failed = true
	b.failKey(k, parts...)
}
