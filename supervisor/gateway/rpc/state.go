package rpc

import (
	"context"
	"slices"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/xmlrpc"
)

func (s *server) version(ctx context.Context, _ []any) (any, error) {
	info, err := s.info(ctx)
	if err != nil {
		return nil, err
	}
	return control.Number(info.Version), nil
}

func (s *server) identification(ctx context.Context, _ []any) (any, error) {
	info, err := s.info(ctx)
	if err != nil {
		return nil, err
	}
	return info.Identifier, nil
}

func (s *server) pid(ctx context.Context, _ []any) (any, error) {
	info, err := s.info(ctx)
	if err != nil {
		return nil, err
	}
	return info.PID, nil
}

// state is RUNNING whenever it is answered.
func (s *server) state(context.Context, []any) (any, error) {
	return xmlrpc.Struct{{Name: "statecode", Value: 1}, {Name: "statename", Value: "RUNNING"}}, nil
}

// stateNumbers are supervisord's. It is never written.
var stateNumbers = map[string]int{
	"STOPPED": 0, "STARTING": 10, "RUNNING": 20, "BACKOFF": 30, "STOPPING": 40, "EXITED": 100, "FATAL": 200, "UNKNOWN": 1000,
}

func (s *server) processInfo(ctx context.Context, p []any) (any, error) {
	program, err := s.program(ctx, p[0].(string))
	if err != nil {
		return nil, err
	}
	return processStruct(program, time.Now()), nil
}

func (s *server) allProcessInfo(ctx context.Context, _ []any) (any, error) {
	list, err := s.programs(ctx)
	if err != nil {
		return nil, err
	}
	array, now := []any{}, time.Now()
	for _, p := range list {
		array = append(array, processStruct(p, now))
	}
	return array, nil
}

func processStruct(p *control.Program, now time.Time) xmlrpc.Struct {
	epoch := func(t time.Time) int {
		if t.IsZero() {
			return 0
		}
		return int(t.Unix())
	}
	status := p.ExitCode
	switch {
	case p.Ended.IsZero() || p.State == "RUNNING" || p.State == "STARTING", p.State == "BACKOFF", p.State == "FATAL":
		status = 0 // of an end that came too early supervisord keeps no status
	case p.Signal != 0:
		status = -1
	}
	return xmlrpc.Struct{
		{Name: "name", Value: p.Name},
		{Name: "group", Value: p.Group},
		{Name: "start", Value: epoch(p.Started)},
		{Name: "stop", Value: epoch(p.Ended)},
		{Name: "now", Value: int(now.Unix())},
		{Name: "state", Value: stateNumbers[p.State]},
		{Name: "statename", Value: p.State},
		{Name: "spawnerr", Value: p.SpawnErr},
		{Name: "exitstatus", Value: status},
		{Name: "logfile", Value: p.StdoutLog},
		{Name: "stdout_logfile", Value: p.StdoutLog},
		{Name: "stderr_logfile", Value: p.StderrLog},
		{Name: "pid", Value: p.PID},
		{Name: "description", Value: p.Description(now)},
	}
}

func (s *server) allConfigInfo(ctx context.Context, _ []any) (any, error) {
	answers, err := s.do(ctx, &control.Request{Do: control.DoConfig})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(answers, func(a, b *control.Answer) int { return strings.Compare(a.Config.Name, b.Config.Name) })
	array := []any{}
	for _, a := range answers {
		array = append(array, configStruct(a.Config))
	}
	return array, nil
}

func configStruct(c *control.Config) xmlrpc.Struct {
	none := func(s string) any {
		if s == "" {
			return "none"
		}
		return s
	}
	uid := any(c.UID)
	if c.UID < 0 {
		uid = "none"
	}
	exitcodes := []any{}
	for _, code := range c.ExitCodes {
		exitcodes = append(exitcodes, code)
	}
	list := xmlrpc.Struct{
		{Name: "autostart", Value: c.Autostart},
		{Name: "directory", Value: none(c.Directory)},
		{Name: "uid", Value: uid},
		{Name: "command", Value: c.Command},
		{Name: "exitcodes", Value: exitcodes},
		{Name: "group", Value: c.Group},
		{Name: "group_prio", Value: c.GroupPriority},
		{Name: "inuse", Value: c.InUse},
		{Name: "killasgroup", Value: c.KillAsGroup},
		{Name: "name", Value: c.Name},
		{Name: "process_prio", Value: c.Priority},
		{Name: "redirect_stderr", Value: c.RedirectStderr},
		{Name: "startretries", Value: c.StartRetries},
		{Name: "startsecs", Value: int(c.StartSecs)},
		{Name: "stopsignal", Value: c.StopSignal},
		{Name: "stopwaitsecs", Value: int(c.StopWaitSecs)},
		{Name: "serverurl", Value: none(c.ServerURL)},
	}
	for _, stream := range []struct {
		name string
		control.ConfigStream
	}{{"stdout", c.Stdout}, {"stderr", c.Stderr}} {
		list = append(list, xmlrpc.Struct{
			{Name: stream.name + "_capture_maxbytes", Value: int(stream.Capture)},
			{Name: stream.name + "_events_enabled", Value: stream.Events},
			{Name: stream.name + "_logfile", Value: none(stream.Logfile)},
			{Name: stream.name + "_logfile_backups", Value: stream.Backups},
			{Name: stream.name + "_logfile_maxbytes", Value: int(stream.MaxBytes)},
			{Name: stream.name + "_syslog", Value: stream.Syslog},
		}...)
	}
	return list
}
