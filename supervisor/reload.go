package supervisor

import (
	"slices"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/container"
	"entrypoint/supervisor/notice"
	"entrypoint/supervisor/offload"
	"entrypoint/supervisor/program"
	"entrypoint/supervisor/shortage"
)

// reload reads the configuration again, beside the loop, and then carries it out.
func (s *Supervisor) reload() {
	switch {
	case s.state.Final():
		s.Log("the configuration is not read again: the container is stopping")
		return
	case s.Load == nil:
		s.Log("there is no configuration to read again")
		return
	case s.reloading:
		s.again = true // the file may have changed since it was read
		return
	}
	s.reloading = true
	s.read(func(cfg *config.Config, err error) { s.loaded(cfg, err, time.Now()) })
}

// readTime is how long the files of the configuration may take to answer: who asked
// wants to know, and the container's end waits for it.
const readTime = 30 * time.Second

// read reads the configuration beside the loop and has f look at it in the loop.
func (s *Supervisor) read(f func(*config.Config, error)) {
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
		if failed := s.Files.Run(what, func() { cfg, err = s.Load() }); failed != nil {
			err = failed
		}
		s.post(func() { tell(cfg, err) })
	}()
}

// loaded carries out a configuration that was read again. A bad one changes
// nothing.
func (s *Supervisor) loaded(cfg *config.Config, err error, now time.Time) {
	var done changes
	var groups [3][]string
	s.reloading = false
	asked := s.askedReload
	if s.again { // they want to know of what is read next
		asked = nil
	} else {
		s.askedReload = nil
	}
	switch {
	case s.state.Final():
		err = errStopping
	case err != nil:
		s.tell(nil, now, notice.ConfigBad{Errors: strings.Split(err.Error(), "\n")})
	default:
		for _, warning := range cfg.Warnings {
			s.Log(warning)
		}
		groups[0], groups[1], groups[2] = s.groupsOf(s.compare(cfg), cfg)
		done = s.replace(cfg, now)
	}
	for _, c := range asked {
		c.changed(done, groups, err)
	}
	if s.again {
		s.again = false
		s.reload()
	}
}

// replace makes the running set what cfg says, and touches only what differs.
func (s *Supervisor) replace(cfg *config.Config, now time.Time) (done changes) {
	s.settings(cfg.Container)
	s.source, s.lastRead = cfg.Source, cfg
	s.setDoor(now)
	d := s.compare(cfg)
	for _, p := range d.added {
		s.add(p)
	}
	for _, p := range d.changed {
		s.change(s.byName[p.FullName()], p, now)
	}
	for _, u := range d.removed {
		u.order = "because the configuration does not have it any more"
		s.apply(u, now, program.Event{Kind: program.Remove})
	}
	s.place(cfg.Programs)
	done = d.names()
	s.arrange()
	s.setGroups()
	s.tell(nil, now, notice.ConfigRead{Added: done.added, Changed: done.changed, Removed: done.removed})
	return done
}

// difference is what a configuration has that the running set has not, and the
// other way round.
type difference struct {
	added, changed []*config.Program
	removed        []*unit
}

func (s *Supervisor) compare(cfg *config.Config) (d difference) {
	kept := map[string]bool{}
	for _, p := range cfg.Programs {
		name := p.FullName()
		kept[name] = true
		switch u := s.byName[name]; {
		case u == nil:
			d.added = append(d.added, p)
		case !u.Latest().Same(p) || u.removed():
			d.changed = append(d.changed, p)
		}
	}
	for _, u := range s.units {
		if !kept[u.name] && !u.removed() {
			d.removed = append(d.removed, u)
		}
	}
	return d
}

func (d difference) names() (c changes) {
	for _, p := range d.added {
		c.added = append(c.added, p.FullName())
	}
	for _, p := range d.changed {
		c.changed = append(c.changed, p.FullName())
	}
	for _, u := range d.removed {
		c.removed = append(c.removed, u.name)
	}
	return c
}

// change gives u another configuration: at once if it is at rest, else when it
// has stopped. It is started if it was up, or if the file says so.
func (s *Supervisor) change(u *unit, p *config.Program, now time.Time) {
	u.order = "because its configuration has changed"
	s.apply(u, now, program.Event{Kind: program.Configure, Config: p})
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

// socketOpened tells of a socket that was not there.
func (s *Supervisor) socketOpened(url string) {
	if !s.listening[url] {
		if s.listening == nil {
			s.listening = map[string]bool{}
		}
		s.listening[url] = true
		s.tell(nil, time.Now(), notice.Socket{URL: url, Opened: true})
	}
}

// keepSockets closes the listening sockets that no program has any more, or none that
// runs or will without being asked to: a client is refused then, and does not wait in
// the kernel's queue for nobody.
func (s *Supervisor) keepSockets() {
	var urls []string
	for _, u := range s.units {
		c := u.Latest()
		if c.Socket != nil && (live(u) || s.state.Phase == container.Restarting || u.Desired() == program.Up || u.Next() != nil || c.Schedule != nil || u.State == program.Unknown) {
			urls = append(urls, c.Socket.URL)
		}
		if u.Config.Socket != nil && live(u) {
			urls = append(urls, u.Config.Socket.URL)
		}
	}
	for url := range s.listening {
		if !slices.Contains(urls, url) {
			delete(s.listening, url)
			s.tell(nil, time.Now(), notice.Socket{URL: url})
		}
	}
	if s.sockets.Keep(urls) != nil { // as soon as that can be done
		time.AfterFunc(shortage.RetryTime, func() { s.post(s.keepSockets) })
	}
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

// changes are the names of what a reload has touched.
type changes struct{ added, changed, removed []string }
