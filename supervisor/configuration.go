package supervisor

import (
	"errors"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/program"
)

// configuration is what is known of the files of the configuration, and of their reading.
type configuration struct {
	source   string         // of the running programs
	lastRead *config.Config // the one that was read last, also by a preview
	next     *config.Config // the one that everything is restarted with; nil: nothing is

	reloading bool          // a reload reads it
	again     bool          // and reads it once more, since somebody has asked meanwhile
	waiting   []tellChanges // who wants to know what the reload has changed
}

// tellChanges tells somebody what a reload has changed or would change, or that it could
// not.
type tellChanges func(*control.Changes, error)

// Why the configuration is not read.
var (
	errStopping        = errors.New("the container is stopping")
	errRestarting      = errors.New("everything is being started anew")
	errNoConfiguration = errors.New("there is no configuration to read again")
)

// begin begins a reload; false: one goes on, and is followed by another one.
func (c *configuration) begin() bool {
	c.again = c.reloading // the files may have changed since it has read them
	c.reloading = true
	return !c.again
}

// end ends the reading of a reload. told are those who want to know of what it has read;
// again: they want to know of what is read next, so nobody is told of this one.
func (c *configuration) end() (told []tellChanges, again bool) {
	if c.again {
		c.reloading, c.again = false, false
		return nil, true
	}
	told, c.waiting, c.reloading = c.waiting, nil, false
	return told, false
}

// readable says why the configuration cannot be read now; nil: it can.
func (s *Supervisor) readable() error {
	switch {
	case s.state.Final():
		return errStopping
	case s.Load == nil:
		return errNoConfiguration
	}
	return nil
}

// readTime is how long the files of the configuration may take to answer: who asked
// wants to know, and the container's end waits for it.
const readTime = 30 * time.Second

// readConfiguration reads the configuration by load, beside the loop, and has f look at it
// in the loop.
func (s *Supervisor) readConfiguration(load func() (*config.Config, error), f func(*config.Config, error)) {
	s.readAndRender(load, nil, f)
}

// readAndRender is readConfiguration, where render goes on with what has been read, and may
// wait for processes; nil: nothing does.
func (s *Supervisor) readAndRender(load func() (*config.Config, error), render func(*config.Config) (*config.Config, error), f func(*config.Config, error)) {
	over := false
	var late *time.Timer
	tell := func(cfg *config.Config, err error) {
		if !over {
			over = true
			late.Stop()
			f(cfg, err)
		}
	}
	const what = "read the configuration"
	late = time.AfterFunc(readTime, func() {
		s.post(func() {
			tell(nil, &offload.LateError{What: what, Why: "its file system has not answered for " + readTime.String()})
		})
	})
	go func() {
		var cfg *config.Config
		var err error
		if failed := s.Files.Run(what, func() { cfg, err = load() }); failed != nil {
			err = failed
		}
		if err == nil && render != nil {
			cfg, err = render(cfg)
		}
		s.post(func() { tell(cfg, err) })
	}()
}

// reloadConfiguration reads the configuration again, beside the loop, and carries it out.
// tell is told what that has changed; nil: nobody wants to know.
func (s *Supervisor) reloadConfiguration(tell tellChanges) {
	if tell != nil {
		s.configuration.waiting = append(s.configuration.waiting, tell)
	}
	if err := s.readable(); err != nil {
		s.unread(err)
		return
	}
	if s.configuration.begin() {
		var users []string
		s.readAndRender(s.Load, s.renderAll(&users), func(cfg *config.Config, err error) { s.reloaded(cfg, users, err, time.Now()) })
	}
}

// unread tells that the configuration cannot be read: those who wait to know, or the log.
func (s *Supervisor) unread(err error) {
	told := s.configuration.waiting
	s.configuration.waiting = nil
	for _, tell := range told {
		tell(nil, err)
	}
	switch {
	case told != nil:
	case errors.Is(err, errStopping):
		s.Log("the configuration is not read again: " + err.Error())
	default:
		s.Log(err.Error())
	}
}

// reloaded carries out a configuration that a reload has read. A bad one changes nothing.
// users are the programs that use files which have been made of templates again.
func (s *Supervisor) reloaded(cfg *config.Config, users []string, err error, now time.Time) {
	told, again := s.configuration.end()
	var done *control.Changes
	switch {
	case s.state.Final():
		err = errStopping
	case err != nil:
		s.tell(nil, now, notice.ConfigBad{Errors: strings.Split(err.Error(), "\n")})
	default:
		for _, warning := range cfg.Warnings {
			s.Log(warning)
		}
		done = s.replace(cfg, now)
		done.Rendered = append(done.Rendered, users...)
		s.reloadUsers(users, now)
	}
	for _, tell := range told {
		tell(done, err)
	}
	if again {
		s.reloadConfiguration(nil)
	}
}

// preview tells what a reload would change.
func (s *Supervisor) preview(tell tellChanges) {
	if err := s.readable(); err != nil {
		tell(nil, err)
		return
	}
	s.readConfiguration(s.Load, func(cfg *config.Config, err error) {
		var would *control.Changes
		if err == nil {
			would = s.compare(cfg).changes(&s.registry, cfg)
			s.configuration.lastRead = cfg
		}
		tell(would, err)
	})
}

// replace makes the running programs what cfg says, and touches only what differs.
func (s *Supervisor) replace(cfg *config.Config, now time.Time) (done *control.Changes) {
	s.settings(cfg.Container)
	if s.Adopt != nil {
		s.Adopt(cfg)
	}
	if cfg.Environment != nil {
		s.inherited.environ = cfg.Environment
	}
	s.configuration.source, s.configuration.lastRead = cfg.Source, cfg
	s.setServers(now)
	d := s.compare(cfg)
	done = d.changes(&s.registry, cfg)
	for _, p := range d.added {
		s.add(p)
	}
	for _, p := range d.changed {
		u := s.byName[p.FullName()]
		u.order = "because its configuration has changed"
		s.apply(u, now, program.Event{Kind: program.Configure, Config: p})
	}
	for _, u := range d.removed {
		u.order = "because the configuration does not have it any more"
		s.apply(u, now, program.Event{Kind: program.Remove})
	}
	s.place(cfg.Programs)
	s.arrange()
	s.setGroups()
	s.tell(nil, now, notice.ConfigRead{Added: done.Added, Changed: done.Changed, Removed: done.Removed})
	return done
}

// forget drops the programs that are to be forgotten and are at rest.
func (s *Supervisor) forget() {
	gone := s.drop()
	if gone == nil {
		return
	}
	for _, u := range gone {
		s.forgetParts(u)
		s.tell(u, time.Now(), notice.Removed{})
	}
	s.arrange() // nobody needs it any more
	s.setGroups()
	s.keepSockets()
}

// settings takes over what concerns the whole container, as far as that can
// change while it runs.
func (s *Supervisor) settings(c config.Container) {
	was := &s.container
	fixed := func(key string, same bool) {
		if !same {
			s.Log(key + "= has changed; it counts from the next start of the container")
		}
	}
	fixed("log_format", c.LogFormat == was.LogFormat)
	fixed("log_timestamps", c.LogTimestamps == was.LogTimestamps)
	fixed("oom_protect", c.NoOOMProtect == was.NoOOMProtect)
	fixed("log_buffer", c.LogBuffer == was.LogBuffer)
	fixed("logfile", c.Logfile == was.Logfile && c.LogMaxBytes == was.LogMaxBytes && c.LogBackups == was.LogBackups)
	fixed("pidfile", c.Pidfile == was.Pidfile)
	fixed("identifier", c.Identifier == was.Identifier)
	fixed("directory of [supervisord]", c.Directory == was.Directory)
	fixed("umask of [supervisord]", c.Umask == was.Umask)
	fixed("minfds", c.MinFDs == was.MinFDs)
	fixed("minprocs", c.MinProcs == was.MinProcs)
	c.Identifier = was.Identifier // the event listeners have been told
	s.container = c
	s.notices.journal.Set(&c)
	s.state.Policy = policyOf(&c)
}
