package supervisor

import (
	"errors"
	"strings"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/helper"
)

// renderAll makes all files of templates again when a configuration has been read, and
// leaves in users who uses what has changed; nil: there are no templates.
func (s *Supervisor) renderAll(users *[]string) func(*config.Config) (*config.Config, error) {
	if s.Render == nil {
		return nil
	}
	return func(cfg *config.Config) (*config.Config, error) {
		cfg, changed, err := s.Render(cfg, "", s.checkFiles)
		*users = changed
		return cfg, err
	}
}

// Render makes the files of templates again that a program uses.
func (h *host) Render(name string, done func(error)) {
	if h.s.Render == nil {
		done(nil)
		return
	}
	go func() {
		_, _, err := h.s.Render(nil, name, h.s.checkFiles)
		h.s.post(func() { done(err) })
	}()
}

// CheckTime is how long the check of a program may take before files are replaced. The
// loop's part in it takes no time; where it has ended, nobody waits for longer.
const CheckTime = 20 * time.Second

// checkFiles is a Checker.
func (s *Supervisor) checkFiles(p *config.Program, argv []string) error {
	answer := make(chan error, 1)
	s.post(func() {
		spec, err := s.specOf(p, argv)
		if err == nil {
			spec.File, err = s.look(p, argv[0])
		}
		if err != nil {
			answer <- err
			return
		}
		s.parts.helpers.Run(helper.Command{Spec: spec, Limit: CheckTime, Done: func(err error, lines []string) {
			if err != nil && len(lines) > 0 {
				err = errors.New(strings.Join(lines, "; "))
			}
			answer <- err
		}}, time.Now())
	})
	select {
	case err := <-answer:
		return err
	case <-time.After(CheckTime + time.Second):
		return errors.New("its check has not answered within " + CheckTime.String())
	}
}

// reloadUsers lets programs read files that have changed. Those that are at rest will read
// them.
func (s *Supervisor) reloadUsers(names []string, now time.Time) {
	for _, name := range names {
		if u := s.byName[name]; u == nil || !u.Up() {
			continue
		}
		begun := false
		s.parts.reload.Start(name, now, func(err error, now time.Time) {
			if err != nil && !begun {
				(&host{s}).Note(name, "a file that it uses has changed, and it has not reloaded: "+err.Error(), now)
			}
		})
		begun = true
	}
}
