package ctl

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"entrypoint/supervisor/control"
)

// RunSupervisorctl is supervisorctl: args are the words behind its name.
func RunSupervisorctl(args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newShell(newCLI(env, stdin, stdout, stderr)).main(args)
}

// shell is supervisorctl: one command, or many with a prompt.
type shell struct {
	*cli
	prompt      *prompt
	interactive bool // asks before it ends everything
}

func newShell(c *cli) *shell {
	s := &shell{cli: c}
	s.prompt = newPrompt(c.in, c.screen, s.completions)
	return s
}

func (s *shell) main(args []string) int {
	o, words, err := parseCall(args)
	if err == nil {
		err = o.foreign()
	}
	if err != nil {
		fmt.Fprintf(s.err, "Error: %v\nFor help, use supervisorctl -h\n", err)
		return codeUsage
	}
	if o.help {
		fmt.Fprint(s.out, callUsage)
		_ = s.out.Flush()
		return codeOK
	}
	s.socket = socketPath("", s.env)
	s.interactive = o.interactive || len(words) == 0
	defer func() {
		if s.server != nil {
			closeServer(s.server)
		}
	}()
	if len(words) > 0 {
		s.do(strings.Join(words, " "))
		if s.out.Flush() != nil && s.code == codeOK {
			return codeFailed
		}
		return s.code
	}
	s.loop()
	return codeOK // also after failures
}

// loop is the interactive shell. It begins with a status, as a user would.
func (s *shell) loop() {
	s.do("status")
	for {
		line, err := s.prompt.readLine(s.out, "supervisor> ")
		if err != nil {
			s.print("")
			_ = s.out.Flush()
			return
		}
		s.code = codeOK
		if s.do(line) {
			_ = s.out.Flush()
			return
		}
	}
}

// do carries one line out, and says whether it was the last one.
func (s *shell) do(line string) (quit bool) {
	line = strings.TrimSpace(line)
	if line == "" {
		return false
	}
	name, rest, _ := strings.Cut(line, " ")
	if name[0] == '?' {
		name, rest = "help", line[1:]
	}
	args := strings.Fields(rest)
	switch name {
	case "quit", "exit", "EOF":
		s.print("")
		return true
	}
	for _, verb := range verbs() {
		if verb.name != name {
			continue
		}
		switch {
		case verb.alone && len(args) > 0:
			s.fail(codeFailed, "Error: "+name+" accepts no arguments")
			s.print(verb.help)
		default:
			s.carryOut(verb, args)
		}
		return false
	}
	s.fail(codeFailed, "*** Unknown syntax: "+line)
	return false
}

// carryOut runs a command, and tells of the errors that it has left to us.
func (s *shell) carryOut(verb verb, args []string) {
	err := verb.run(s, args)
	var gone noServer
	switch {
	case err == nil:
	case errors.As(err, &gone):
		s.server = nil // the next command of the shell tries again
		s.unreachable(verb, gone)
	default:
		s.fail(codeFailed, "error: <class 'xmlrpc.client.Fault'>, "+faultText(err)+": file: entry-point line: 0")
	}
}

// faultText is an error as Python prints a fault.
func faultText(err error) string {
	var refused *control.Error
	if errors.As(err, &refused) {
		return "<Fault " + faultOf(refused.Code) + ": '" + refused.Message + "'>"
	}
	return err.Error()
}

// faultOf is supervisord's number of a code.
func faultOf(code string) string {
	switch code {
	case control.ShuttingDown:
		return "6"
	case control.NoProgram, control.NoGroup:
		return "10"
	case control.BadSignal:
		return "11"
	case control.NoFile, control.NoLog:
		return "20"
	case control.NotExecutable:
		return "21"
	case control.Abnormal:
		return "40"
	case control.SpawnError:
		return "50"
	case control.AlreadyStarted:
		return "60"
	case control.NotRunning:
		return "70"
	case control.BadConfig:
		return "92"
	case control.BadRequest:
		return "3"
	}
	return "30"
}

// unreachable says that there is no server, in the words of each command.
func (s *shell) unreachable(verb verb, gone noServer) {
	text, class, code := "", "", codeFailed
	switch {
	case errors.Is(gone, syscall.ENOENT):
		text, class, code = "no such file", "FileNotFoundError", codeNotRunning
	case errors.Is(gone, syscall.ECONNREFUSED):
		text, class, code = "refused connection", "ConnectionRefusedError", codeNoServer
	}
	url := s.url()
	switch {
	case verb.name == "shutdown" && text != "":
		s.fail(codeFailed, "ERROR: "+url+" "+text+" (already shut down?)")
	case verb.name == "status" && text != "":
		s.fail(codeNoServer, url+" "+text)
	case verb.checked && text != "":
		s.fail(code, url+" "+text)
	case class != "":
		var errno syscall.Errno
		errors.As(gone, &errno)
		s.fail(codeFailed, fmt.Sprintf("error: <class '%s'>, [Errno %d] %s: file: entry-point line: 0", class, int(errno), pythonText(errno)))
	default:
		s.fail(codeFailed, "error: <class 'OSError'>, "+gone.cause.Error()+": file: entry-point line: 0")
	}
}

// pythonText is strerror(3), with the capital that Go takes away.
func pythonText(errno syscall.Errno) string {
	text := errno.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}

// url is the server as messages have it.
func (s *shell) url() string { return "unix://" + s.where }

// print writes a line. All but mistakes in the usage goes to the standard output.
func (s *shell) print(text string) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			_ = s.out.WriteByte('\n')
		}
		_, _ = s.out.WriteString(s.shown(line))
	}
	_ = s.out.WriteByte('\n')
}

// fail is print with an exit code, which later successes do not take back.
func (s *shell) fail(code int, text string) {
	s.code = code
	s.print(text)
}
