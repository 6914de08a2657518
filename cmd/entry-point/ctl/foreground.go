package ctl

import (
	"strconv"
	"strings"

	"entrypoint/supervisor/control"
)

// mainTail prints the end of entry-point's own log, or follows it.
func (s *shell) mainTail(args []string) error {
	length := 1600
	switch {
	case len(args) > 1:
		return s.misused(codeFailed, "too many arguments", "maintail")
	case len(args) == 1 && args[0] == "-f":
		return s.followLog(&control.Request{Main: true})
	case len(args) == 1:
		n, err := strconv.Atoi(strings.TrimPrefix(args[0], "-"))
		if err != nil || args[0][0] != '-' {
			s.fail(codeFailed, "Error: bad argument "+args[0])
			return nil
		}
		length = n
	}
	return s.readEnd("supervisord", &control.Request{Main: true, Offset: -int64(length)})
}

// foreground shows what a program prints, and writes what is typed to its standard
// input, line by line.
func (s *shell) foreground(names []string) error {
	switch {
	case len(names) == 0:
		s.fail(codeFailed, "ERROR: no process name supplied")
		return s.helpOn([]string{"fg"})
	case len(names) > 1:
		s.fail(codeFailed, "ERROR: too many process names supplied")
		return nil
	}
	name := names[0]
	p, err := s.one(name)
	switch {
	case err != nil:
		return err
	case p == nil:
		s.fail(codeFailed, "ERROR: bad process name supplied")
		return nil
	case p.State != "RUNNING":
		s.fail(codeFailed, "ERROR: process not running")
		return nil
	}
	s.print("==> Press Ctrl-C to exit <==")
	_ = s.out.Flush()
	end, err := s.beside(p.FullName)
	if err != nil {
		return err
	}
	text := s.converse(p.FullName)
	end()
	s.print(text + "Exiting foreground")
	return nil
}

// one is the program of a name; nil: there is none.
func (s *shell) one(name string) (*control.Program, error) {
	list, err := s.all()
	return named(list, name), err
}

// beside prints what a program prints, over a connection of its own, until end.
func (s *shell) beside(name string) (end func(), err error) {
	server, where, err := s.connect(s.socket, s.patience())
	if err != nil {
		return nil, noServer{where, err}
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		p := printer{cli: s.cli}
		_ = server.Do(&control.Request{Do: control.DoLogs, Names: []string{name}, Bytes: 1024, Follow: true}, func(a *control.Answer) error {
			if a.Log == nil {
				return nil
			}
			return p.print(a.Log)
		})
	}()
	return func() { closeServer(server); <-over }, nil
}

// converse writes the lines of our input to a program until one of them ends, and
// says why it has.
func (s *shell) converse(name string) (why string) {
	for {
		line, err := s.prompt.lines.ReadString('\n')
		if err != nil {
			return ""
		}
		why = ""
		failed := s.ask(&control.Request{Do: control.DoStdin, Names: []string{name}, Data: []byte(line)}, func(a *control.Answer) error {
			if r := a.Result; r != nil && r.Status == control.NotRunning {
				why = "Process got killed\n"
			} else if r != nil && r.Status != control.OK {
				why = "ERROR: " + r.Text + "\n"
			}
			return nil
		})
		if failed != nil {
			return "ERROR: " + failed.Error() + "\n"
		}
		if why != "" {
			return why
		}
		if p, err := s.one(name); err != nil || p == nil || p.State != "RUNNING" {
			return "Process got killed\n"
		}
	}
}
