package ctl

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"entrypoint/supervisor/control"
)

// all are all programs, by group and then by name.
func (s *shell) all() (list []*control.Program, err error) {
	err = s.ask(&control.Request{Do: control.DoStatus}, func(a *control.Answer) error {
		if a.Program != nil {
			list = append(list, a.Program)
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b *control.Program) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Name, b.Name))
	})
	return list, err
}

// matches says whether a name of the command line means a program.
func matches(name string, p *control.Program) bool {
	return control.ParseNamespec(name).Is(p.Group, p.Name)
}

// statuses prints a line for each program.
func (s *shell) statuses(names []string) error {
	list, err := s.all()
	if err != nil {
		return err
	}
	chosen := list
	if len(names) > 0 && !slices.Contains(names, "all") {
		chosen = nil
		for _, name := range names {
			before := len(chosen)
			for _, p := range list {
				if matches(name, p) {
					chosen = append(chosen, p)
				}
			}
			if len(chosen) > before {
				continue
			}
			if group, isGroup := groupOf(name); isGroup {
				s.fail(codeNoServer, group+": ERROR (no such group)")
			} else {
				s.fail(codeNoServer, name+": ERROR (no such process)")
			}
		}
	}
	width := 30
	for _, p := range chosen {
		width = max(width, utf8.RuneCountInString(namespec(p.Group, p.Name)))
	}
	for _, p := range chosen {
		s.print(fmt.Sprintf("%-*s%-10s%s", width+3, namespec(p.Group, p.Name), p.State, p.Description(s.now())))
		if down(p.State) {
			s.code = codeDown
		}
	}
	return nil
}

// named is the program of a name, which is not that of a group; nil: there is none.
func named(list []*control.Program, name string) *control.Program {
	if _, isGroup := groupOf(name); !isGroup {
		for _, p := range list {
			if matches(name, p) {
				return p
			}
		}
	}
	return nil
}

// pids prints process ids.
func (s *shell) pids(names []string) error {
	if len(names) == 0 {
		return s.info(func(i *control.Info) string { return strconv.Itoa(i.PID) })
	}
	list, err := s.all()
	if err != nil {
		return err
	}
	if slices.Contains(names, "all") {
		for _, p := range list {
			s.print(strconv.Itoa(p.PID))
		}
		return nil
	}
	for _, name := range names {
		p := named(list, name)
		if p == nil {
			s.fail(codeFailed, "No such process "+name)
			continue
		}
		s.print(strconv.Itoa(p.PID))
		if p.PID == 0 {
			s.code = codeNotRunning
		}
	}
	return nil
}

func (s *shell) version([]string) error {
	return s.info(func(i *control.Info) string { return control.Number(i.Version) })
}

// info prints something of the server.
func (s *shell) info(text func(*control.Info) string) error {
	return s.ask(&control.Request{Do: control.DoInfo}, func(a *control.Answer) error {
		if a.Info != nil {
			s.print(text(a.Info))
		}
		return nil
	})
}

// tail prints the end of a log, or follows it.
func (s *shell) tail(args []string) error {
	switch {
	case len(args) == 0:
		return s.misused(codeFailed, "too few arguments", "tail")
	case len(args) > 3:
		return s.misused(codeFailed, "too many arguments", "tail")
	}
	modifier := ""
	if strings.HasPrefix(args[0], "-") {
		modifier, args = args[0], args[1:]
	}
	if len(args) == 0 {
		s.fail(codeFailed, "Error: tail requires process name")
		return nil
	}
	name, channel := args[0], "stdout"
	if len(args) > 1 {
		channel = strings.ToLower(args[len(args)-1])
	}
	if channel != "stdout" && channel != "stderr" {
		s.fail(codeFailed, "Error: bad channel '"+channel+"'")
		return nil
	}
	length := 1600
	switch {
	case modifier == "-f":
		return s.follow(name, channel)
	case modifier != "":
		var err error
		if length, err = strconv.Atoi(modifier[1:]); err != nil {
			s.fail(codeFailed, "Error: bad argument "+modifier)
			return nil
		}
	}
	return s.lastBytes(name, channel, length)
}

// lastBytes prints the end of a log and a newline of its own.
func (s *shell) lastBytes(name, channel string, length int) error {
	return s.readEnd(name, &control.Request{Names: []string{name}, Stream: channel, Offset: -int64(length)})
}

// readEnd prints a part of a log, whose name is for its errors.
func (s *shell) readEnd(name string, r *control.Request) error {
	p := printer{cli: s.cli}
	var refused *control.Error
	var piece *control.Log
	each := func(a *control.Answer) error {
		switch {
		case a.Log != nil:
			piece = a.Log
			return p.print(&control.Log{Data: piece.Data})
		case a.Result != nil && a.Result.Status != control.OK:
			refused = &control.Error{Code: a.Result.Status, Message: a.Result.Text}
		}
		return nil
	}
	r.Do = control.DoRead
	err := s.ask(r, each)
	for first := piece; err == nil && first != nil; { // an answer has a piece of a large part
		if r.Offset = piece.Offset + int64(len(piece.Data)); r.Offset >= first.Size || len(piece.Data) == 0 || piece.File != first.File {
			break
		}
		err = s.ask(r, each)
	}
	ok := errors.As(err, &refused) || err == nil && refused != nil
	switch {
	case err == nil && !ok:
		_ = p.print(&control.Log{Data: []byte("\n")})
		p.rest()
	case ok && isNoName(refused.Code):
		s.fail(codeFailed, name+": ERROR (no such process name)")
	case ok && (refused.Code == control.NoLog || refused.Code == control.NoFile):
		s.fail(codeFailed, name+": ERROR (no log file)")
	case ok && refused.Code == control.Failed:
		s.fail(codeFailed, name+": ERROR (unknown error reading log)")
	default:
		return cmp.Or[error](err, refused)
	}
	return nil
}

var errNoLog = errors.New("no such log")

// follow prints the end of a log and then what comes, until Ctrl-C.
func (s *shell) follow(name, channel string) error {
	return s.followLog(&control.Request{Names: []string{name}, Stream: channel})
}

func (s *shell) followLog(request *control.Request) error {
	if err := s.reach(); err != nil {
		return err
	}
	s.print("==> Press Ctrl-C to exit <==")
	_ = s.out.Flush()
	stopped := s.untilCtrlC()
	p := printer{cli: s.cli}
	request.Do, request.Follow, request.Bytes = control.DoLogs, true, 1024
	err := s.followed(request, func(a *control.Answer) error {
		switch {
		case a.Log != nil:
			return p.print(a.Log)
		case a.Result != nil && a.Result.Status != control.OK:
			return errNoLog
		}
		return nil
	})
	p.rest()
	if stopped() {
		s.server = nil // closed under the request
		s.print("")
		return nil
	}
	var refused *control.Error
	if errors.Is(err, errNoLog) || errors.As(err, &refused) { // no such log: no failure, but not silent
		_ = s.out.Flush()
		fmt.Fprintf(s.err, "%s Cannot read, status code 404\n", s.url())
		return nil
	}
	return err
}
