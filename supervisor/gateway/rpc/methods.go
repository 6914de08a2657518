package rpc

import (
	"context"
	"strings"

	"entrypoint/supervisor/control"
)

// method is one method: the kinds of its parameters, how many of them are needed,
// and what it returns.
type method struct {
	kinds   []string
	least   int
	returns string
	help    string
	always  bool // also while everything stops
	run     func(s *server, ctx context.Context, p []any) (any, error)
}

func kinds(s string) []string { return strings.Fields(s) }

// supervisorMethods are those of the namespace supervisor.
func supervisorMethods() map[string]method {
	m := map[string]method{
		"getAPIVersion":        {returns: "string", help: "Version of this interface.", run: constant("3.0")},
		"getSupervisorVersion": {returns: "string", help: "Version of entry-point.", run: (*server).version},
		"getIdentification":    {returns: "string", help: "Identifier of the configuration.", run: (*server).identification},
		"getPID":               {returns: "int", help: "Process id of entry-point.", run: (*server).pid},
		"getState":             {returns: "struct", help: "State of entry-point.", run: (*server).state},
		"readLog":              {kinds: kinds("int int"), least: 2, returns: "string", help: "A part of the main log.", run: (*server).readMain},
		"clearLog":             {returns: "boolean", help: "Empties the main log.", run: (*server).clearMain},
		"shutdown":             {returns: "boolean", help: "Ends everything, and the container.", run: simple("shutdown")},
		"restart":              {returns: "boolean", help: "Stops everything, reads the configuration again and starts anew.", run: simple("renew")},
		"reloadConfig":         {returns: "array", help: "Reads the configuration again: groups that are new, changed and gone.", run: (*server).reloadConfig},
		"addProcessGroup":      {kinds: kinds("string"), least: 1, returns: "boolean", help: "Starts a group of the configuration that was read last.", run: group("add")},
		"removeProcessGroup":   {kinds: kinds("string"), least: 1, returns: "boolean", help: "Forgets a group that has stopped.", run: group("remove")},
		"startProcess":         {kinds: kinds("string boolean"), least: 1, returns: "boolean", help: "Starts a process.", run: one("start")},
		"startProcessGroup":    {kinds: kinds("string boolean"), least: 1, returns: "array", help: "Starts the processes of a group.", run: many("start")},
		"startAllProcesses":    {kinds: kinds("boolean"), returns: "array", help: "Starts all processes.", run: all("start")},
		"stopProcess":          {kinds: kinds("string boolean"), least: 1, returns: "boolean", help: "Stops a process.", run: one("stop")},
		"stopProcessGroup":     {kinds: kinds("string boolean"), least: 1, returns: "array", help: "Stops the processes of a group.", run: many("stop")},
		"stopAllProcesses":     {kinds: kinds("boolean"), returns: "array", help: "Stops all processes.", run: all("stop")},
		"signalProcess":        {kinds: kinds("string signal"), least: 2, returns: "boolean", help: "Sends a signal to a process.", run: (*server).signal},
		"signalProcessGroup":   {kinds: kinds("string signal"), least: 2, returns: "array", help: "Sends a signal to the processes of a group.", run: (*server).signalGroup},
		"signalAllProcesses":   {kinds: kinds("signal"), least: 1, returns: "array", help: "Sends a signal to all processes.", run: (*server).signalAll},
		"getProcessInfo":       {kinds: kinds("string"), least: 1, returns: "struct", help: "State of a process.", run: (*server).processInfo},
		"getAllProcessInfo":    {returns: "array", help: "States of all processes.", run: (*server).allProcessInfo},
		"getAllConfigInfo":     {returns: "array", help: "What the configuration says of all processes.", run: (*server).allConfigInfo},
		"readProcessStdoutLog": {kinds: kinds("string int int"), least: 3, returns: "string", help: "A part of a process's log.", run: read("stdout")},
		"readProcessStderrLog": {kinds: kinds("string int int"), least: 3, returns: "string", help: "A part of a process's log.", run: read("stderr")},
		"tailProcessStdoutLog": {kinds: kinds("string int int"), least: 3, returns: "array", help: "The end of a process's log, its length, and whether there was more.", run: tail("stdout")},
		"tailProcessStderrLog": {kinds: kinds("string int int"), least: 3, returns: "array", help: "The end of a process's log, its length, and whether there was more.", run: tail("stderr")},
		"clearProcessLogs":     {kinds: kinds("string"), least: 1, returns: "boolean", help: "Empties the logs of a process.", run: (*server).clearLogs},
		"clearAllProcessLogs":  {returns: "array", help: "Empties the logs of all processes.", run: (*server).clearAllLogs},
		"sendProcessStdin":     {kinds: kinds("string string"), least: 2, returns: "boolean", help: "Writes to the standard input of a process.", run: (*server).stdin},
		"sendRemoteCommEvent":  {kinds: kinds("string string"), least: 2, returns: "boolean", help: "Tells the event listeners something.", always: true, run: (*server).remoteEvent},
	}
	for alias, name := range map[string]string{
		"getVersion": "getAPIVersion", "readMainLog": "readLog", "readProcessLog": "readProcessStdoutLog",
		"tailProcessLog": "tailProcessStdoutLog", "clearProcessLog": "clearProcessLogs",
	} {
		m[alias] = m[name]
	}
	return m
}

func constant(v any) func(*server, context.Context, []any) (any, error) {
	return func(*server, context.Context, []any) (any, error) { return v, nil }
}

// simple is a request without names.
func simple(do string) func(*server, context.Context, []any) (any, error) {
	return func(s *server, ctx context.Context, _ []any) (any, error) {
		if _, err := s.do(ctx, control.Request{Do: do}); err != nil {
			return nil, err
		}
		return true, nil
	}
}

// group is a request about one group.
func group(do string) func(*server, context.Context, []any) (any, error) {
	return func(s *server, ctx context.Context, p []any) (any, error) {
		name := p[0].(string)
		answers, err := s.do(ctx, control.Request{Do: do, Names: []string{name}})
		if err != nil {
			return nil, err
		}
		for _, a := range answers {
			if a.Result != nil && a.Result.Status != control.OK {
				return nil, newFault(codes[a.Result.Status], name)
			}
		}
		return true, nil
	}
}

// waits is the parameter wait, which is true where it is not said.
func waits(p []any, at int) bool { return len(p) <= at || p[at].(bool) }

func one(do string) func(*server, context.Context, []any) (any, error) {
	return func(s *server, ctx context.Context, p []any) (any, error) {
		name := p[0].(string)
		if _, process := split(name); process == "" {
			return many(do)(s, ctx, p)
		}
		program, err := s.program(ctx, name)
		if err != nil {
			return nil, err
		}
		return s.actOne(ctx, control.Request{Do: do, Wait: waits(p, 1)}, program, name)
	}
}

func many(do string) func(*server, context.Context, []any) (any, error) {
	return func(s *server, ctx context.Context, p []any) (any, error) {
		name, _ := split(p[0].(string))
		list, err := s.members(ctx, name, p[0].(string))
		if err != nil {
			return nil, err
		}
		return s.actAll(ctx, control.Request{Do: do, Wait: waits(p, 1)}, those(do, list))
	}
}

func all(do string) func(*server, context.Context, []any) (any, error) {
	return func(s *server, ctx context.Context, p []any) (any, error) {
		list, err := s.byPriority(ctx)
		if err != nil {
			return nil, err
		}
		return s.actAll(ctx, control.Request{Do: do, Wait: waits(p, 0)}, those(do, list))
	}
}

// those are the processes that an action upon many is about: those that do not
// run, or that do.
func those(do string, list []*control.Program) (some []*control.Program) {
	for _, p := range list {
		up := p.State == "RUNNING" || p.State == "STARTING" || p.State == "BACKOFF"
		if do == "start" && !up || do == "stop" && up || do == "signal" && (up && p.PID != 0 || p.State == "STOPPING") {
			some = append(some, p)
		}
	}
	return some
}

func (s *server) signal(ctx context.Context, p []any) (any, error) {
	name := p[0].(string)
	if _, process := split(name); process == "" {
		return s.signalGroup(ctx, p)
	}
	program, err := s.program(ctx, name)
	if err != nil {
		return nil, err
	}
	v, err := s.actOne(ctx, control.Request{Do: "signal", Signal: p[1].(string)}, program, name)
	return v, badSignal(err, p[1].(string))
}

// badSignal has the signal in its text, as supervisord's fault has it.
func badSignal(err error, signal string) error {
	if err == nil {
		return nil
	}
	if f := faultOf(err, ""); f.code == 11 {
		return newFault(11, signal)
	}
	return err
}

func (s *server) signalGroup(ctx context.Context, p []any) (any, error) {
	name, _ := split(p[0].(string))
	list, err := s.members(ctx, name, p[0].(string))
	if err != nil {
		return nil, err
	}
	return s.signalMany(ctx, list, p[1].(string))
}

func (s *server) signalAll(ctx context.Context, p []any) (any, error) {
	list, err := s.byPriority(ctx)
	if err != nil {
		return nil, err
	}
	return s.signalMany(ctx, list, p[0].(string))
}

func (s *server) signalMany(ctx context.Context, list []*control.Program, signal string) (any, error) {
	list = those("signal", list)
	v, err := s.actAll(ctx, control.Request{Do: "signal", Signal: signal}, list)
	if err == nil || faultOf(err, "").code != 11 {
		return v, err
	}
	array := []any{} // a bad signal is a result of each
	for _, p := range list {
		array = append(array, resultStruct(p.Name, p.Group, control.BadSignal, "", ""))
	}
	return array, nil
}

func (s *server) stdin(ctx context.Context, p []any) (any, error) {
	name := p[0].(string)
	program, err := s.program(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.actOne(ctx, control.Request{Do: "stdin", Data: []byte(p[1].(string))}, program, name)
}

func (s *server) remoteEvent(ctx context.Context, p []any) (any, error) {
	_, err := s.do(ctx, control.Request{Do: "remote-event", Type: p[0].(string), Data: []byte(p[1].(string))})
	return true, err
}

func (s *server) reloadConfig(ctx context.Context, _ []any) (any, error) {
	answers, err := s.do(ctx, control.Request{Do: "reread"})
	if err != nil {
		return nil, err
	}
	strs := func(names []string) []any {
		list := []any{}
		for _, n := range names {
			list = append(list, n)
		}
		return list
	}
	for _, a := range answers {
		if c := a.Changes; c != nil {
			return []any{[]any{strs(c.AddedGroups), strs(c.ChangedGroups), strs(c.RemovedGroups)}}, nil
		}
	}
	return nil, newFault(failed, "no answer")
}
