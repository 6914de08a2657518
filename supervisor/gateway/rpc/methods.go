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
	always  bool              // also while everything stops
	do      control.Operation // what it asks entry-point for; DoNothing: nothing
	run     func(s *server, ctx context.Context, p []any) (any, error)
	act     func(s *server, ctx context.Context, do control.Operation, p []any) (any, error) // in place of run
}

func kinds(s string) []string { return strings.Fields(s) }

// supervisorMethods are those of the namespace supervisor.
func supervisorMethods() map[string]method {
	m := map[string]method{
		"getAPIVersion":        {returns: "string", help: "Version of this interface.", run: constant("3.0")},
		"getSupervisorVersion": {returns: "string", help: "Version of entry-point.", do: control.DoInfo, run: (*server).version},
		"getIdentification":    {returns: "string", help: "Identifier of the configuration.", do: control.DoInfo, run: (*server).identification},
		"getPID":               {returns: "int", help: "Process id of entry-point.", do: control.DoInfo, run: (*server).pid},
		"getState":             {returns: "struct", help: "State of entry-point.", run: (*server).state},
		"readLog":              {kinds: kinds("int int"), least: 2, returns: "string", help: "A part of the main log.", do: control.DoRead, run: (*server).readMain},
		"clearLog":             {returns: "boolean", help: "Empties the main log.", do: control.DoClear, run: (*server).clearMain},
		"shutdown":             {returns: "boolean", help: "Ends everything, and the container.", do: control.DoShutdown, act: (*server).simple},
		"restart":              {returns: "boolean", help: "Stops everything, reads the configuration again and starts anew.", do: control.DoRenew, act: (*server).simple},
		"reloadConfig":         {returns: "array", help: "Reads the configuration again: groups that are new, changed and gone.", do: control.DoReread, run: (*server).reloadConfig},
		"addProcessGroup":      {kinds: kinds("string"), least: 1, returns: "boolean", help: "Starts a group of the configuration that was read last.", do: control.DoAdd, act: (*server).group},
		"removeProcessGroup":   {kinds: kinds("string"), least: 1, returns: "boolean", help: "Forgets a group that has stopped.", do: control.DoRemove, act: (*server).group},
		"startProcess":         {kinds: kinds("string boolean"), least: 1, returns: "boolean", help: "Starts a process.", do: control.DoStart, act: (*server).one},
		"startProcessGroup":    {kinds: kinds("string boolean"), least: 1, returns: "array", help: "Starts the processes of a group.", do: control.DoStart, act: (*server).many},
		"startAllProcesses":    {kinds: kinds("boolean"), returns: "array", help: "Starts all processes.", do: control.DoStart, act: (*server).all},
		"stopProcess":          {kinds: kinds("string boolean"), least: 1, returns: "boolean", help: "Stops a process.", do: control.DoStop, act: (*server).one},
		"stopProcessGroup":     {kinds: kinds("string boolean"), least: 1, returns: "array", help: "Stops the processes of a group.", do: control.DoStop, act: (*server).many},
		"stopAllProcesses":     {kinds: kinds("boolean"), returns: "array", help: "Stops all processes.", do: control.DoStop, act: (*server).all},
		"signalProcess":        {kinds: kinds("string signal"), least: 2, returns: "boolean", help: "Sends a signal to a process.", do: control.DoSignal, run: (*server).signal},
		"signalProcessGroup":   {kinds: kinds("string signal"), least: 2, returns: "array", help: "Sends a signal to the processes of a group.", do: control.DoSignal, run: (*server).signalGroup},
		"signalAllProcesses":   {kinds: kinds("signal"), least: 1, returns: "array", help: "Sends a signal to all processes.", do: control.DoSignal, run: (*server).signalAll},
		"getProcessInfo":       {kinds: kinds("string"), least: 1, returns: "struct", help: "State of a process.", do: control.DoStatus, run: (*server).processInfo},
		"getAllProcessInfo":    {returns: "array", help: "States of all processes.", do: control.DoStatus, run: (*server).allProcessInfo},
		"getAllConfigInfo":     {returns: "array", help: "What the configuration says of all processes.", do: control.DoConfig, run: (*server).allConfigInfo},
		"readProcessStdoutLog": {kinds: kinds("string int int"), least: 3, returns: "string", help: "A part of a process's log.", do: control.DoRead, run: read("stdout")},
		"readProcessStderrLog": {kinds: kinds("string int int"), least: 3, returns: "string", help: "A part of a process's log.", do: control.DoRead, run: read("stderr")},
		"tailProcessStdoutLog": {kinds: kinds("string int int"), least: 3, returns: "array", help: "The end of a process's log, its length, and whether there was more.", do: control.DoRead, run: tail("stdout")},
		"tailProcessStderrLog": {kinds: kinds("string int int"), least: 3, returns: "array", help: "The end of a process's log, its length, and whether there was more.", do: control.DoRead, run: tail("stderr")},
		"clearProcessLogs":     {kinds: kinds("string"), least: 1, returns: "boolean", help: "Empties the logs of a process.", do: control.DoClear, run: (*server).clearLogs},
		"clearAllProcessLogs":  {returns: "array", help: "Empties the logs of all processes.", do: control.DoClear, run: (*server).clearAllLogs},
		"sendProcessStdin":     {kinds: kinds("string string"), least: 2, returns: "boolean", help: "Writes to the standard input of a process.", do: control.DoStdin, run: (*server).stdin},
		"sendRemoteCommEvent":  {kinds: kinds("string string"), least: 2, returns: "boolean", help: "Tells the event listeners something.", always: true, do: control.DoRemoteEvent, run: (*server).remoteEvent},
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
func (s *server) simple(ctx context.Context, do control.Operation, _ []any) (any, error) {
	if _, err := s.do(ctx, &control.Request{Do: do}); err != nil {
		return nil, err
	}
	return true, nil
}

// group is a request about one group.
func (s *server) group(ctx context.Context, do control.Operation, p []any) (any, error) {
	name := p[0].(string)
	answers, err := s.do(ctx, &control.Request{Do: do, Names: []string{name}})
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

// waits is the parameter wait, which is true where it is not said.
func waits(p []any, at int) bool { return len(p) <= at || p[at].(bool) }

// one is an action upon one process, or upon the processes of a group.
func (s *server) one(ctx context.Context, do control.Operation, p []any) (any, error) {
	name := p[0].(string)
	if control.ParseNamespec(name).WholeGroup() {
		return s.many(ctx, do, p)
	}
	program, err := s.program(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.actOne(ctx, &control.Request{Do: do, Wait: waits(p, 1)}, program, name)
}

// many is an action upon the processes of a group.
func (s *server) many(ctx context.Context, do control.Operation, p []any) (any, error) {
	name := control.ParseNamespec(p[0].(string)).Group
	list, err := s.members(ctx, name, p[0].(string))
	if err != nil {
		return nil, err
	}
	return s.actAll(ctx, &control.Request{Do: do, Wait: waits(p, 1)}, those(do, list))
}

// all is an action upon all processes.
func (s *server) all(ctx context.Context, do control.Operation, p []any) (any, error) {
	list, err := s.byPriority(ctx)
	if err != nil {
		return nil, err
	}
	return s.actAll(ctx, &control.Request{Do: do, Wait: waits(p, 0)}, those(do, list))
}

// those are the processes that an action upon many is about: those that do not
// run, or that do.
func those(do control.Operation, list []*control.Program) (some []*control.Program) {
	for _, p := range list {
		up := p.State == "RUNNING" || p.State == "STARTING" || p.State == "BACKOFF"
		if do == control.DoStart && !up || do == control.DoStop && up || do == control.DoSignal && (up && p.PID != 0 || p.State == "STOPPING") {
			some = append(some, p)
		}
	}
	return some
}

func (s *server) signal(ctx context.Context, p []any) (any, error) {
	name := p[0].(string)
	if control.ParseNamespec(name).WholeGroup() {
		return s.signalGroup(ctx, p)
	}
	program, err := s.program(ctx, name)
	if err != nil {
		return nil, err
	}
	v, err := s.actOne(ctx, &control.Request{Do: control.DoSignal, Signal: p[1].(string)}, program, name)
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
	name := control.ParseNamespec(p[0].(string)).Group
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
	list = those(control.DoSignal, list)
	v, err := s.actAll(ctx, &control.Request{Do: control.DoSignal, Signal: signal}, list)
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
	return s.actOne(ctx, &control.Request{Do: control.DoStdin, Data: []byte(p[1].(string))}, program, name)
}

func (s *server) remoteEvent(ctx context.Context, p []any) (any, error) {
	_, err := s.do(ctx, &control.Request{Do: control.DoRemoteEvent, Type: p[0].(string), Data: []byte(p[1].(string))})
	return true, err
}

func (s *server) reloadConfig(ctx context.Context, _ []any) (any, error) {
	answers, err := s.do(ctx, &control.Request{Do: control.DoReread})
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
