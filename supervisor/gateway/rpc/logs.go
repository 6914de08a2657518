package rpc

import (
	"context"
	"net/http"

	"entrypoint/supervisor/control"
)

// part reads a part of a log as supervisord's readLog counts.
func (s *server) part(ctx context.Context, r control.Request, p []any) (any, error) {
	offset, length := p[0].(int), p[1].(int)
	if length < 0 || offset < 0 && length != 0 {
		return nil, newFault(badArguments, "")
	}
	r.Do, r.Offset, r.Length = "read", int64(offset), int64(length)
	l, err := s.log(ctx, r)
	if err != nil || l == nil {
		return "", err
	}
	return string(l.Data), nil
}

func (s *server) log(ctx context.Context, r control.Request) (*control.Log, error) {
	answers, err := s.do(ctx, r)
	for _, a := range answers {
		if a.Log != nil {
			return a.Log, err
		}
	}
	return nil, err
}

func (s *server) readMain(ctx context.Context, p []any) (any, error) {
	return s.part(ctx, control.Request{Main: true}, p)
}

func read(stream string) func(*server, context.Context, []any) (any, error) {
	return func(s *server, ctx context.Context, p []any) (any, error) {
		name := p[0].(string)
		program, err := s.program(ctx, name)
		if err != nil {
			return nil, err
		}
		v, err := s.part(ctx, control.Request{Names: []string{program.FullName}, Stream: stream}, p[1:])
		if err != nil {
			return nil, faultOf(err, name)
		}
		return v, nil
	}
}

// tail returns what is behind an offset, the new offset, and whether more than
// length bytes have come, of which it returns the last.
func tail(stream string) func(*server, context.Context, []any) (any, error) {
	return func(s *server, ctx context.Context, p []any) (any, error) {
		program, err := s.program(ctx, p[0].(string))
		if err != nil {
			return nil, err
		}
		offset, length := int64(max(p[1].(int), 0)), int64(p[2].(int))
		r := control.Request{Do: "read", Names: []string{program.FullName}, Stream: stream, Offset: offset}
		l, err := s.log(ctx, r)
		switch {
		case err != nil && faultOf(err, "").code == noFile, err == nil && l == nil:
			return []any{"", 0, false}, nil
		case err != nil:
			return nil, err
		}
		data, overflow := l.Data, l.Size > int64(p[1].(int))+length
		if length <= 0 {
			data = nil
		} else if int64(len(data)) > length {
			data = data[int64(len(data))-length:]
		}
		return []any{string(data), int(l.Size), overflow}, nil
	}
}

func (s *server) clearMain(ctx context.Context, _ []any) (any, error) {
	_, err := s.do(ctx, control.Request{Do: "clear", Main: true})
	return true, err
}

func (s *server) clearLogs(ctx context.Context, p []any) (any, error) {
	name := p[0].(string)
	program, err := s.program(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.actOne(ctx, control.Request{Do: "clear"}, program, name)
}

func (s *server) clearAllLogs(ctx context.Context, _ []any) (any, error) {
	list, err := s.programs(ctx)
	if err != nil {
		return nil, err
	}
	return s.actAll(ctx, control.Request{Do: "clear"}, list)
}

// logtail sends the last 1024 bytes of a log, and then what comes.
func (s *server) logtail(w http.ResponseWriter, r *http.Request) {
	channel := r.PathValue("channel")
	if channel == "" {
		channel = "stdout"
	}
	program, err := s.program(r.Context(), r.PathValue("name"))
	if err != nil || channel != "stdout" && channel != "stderr" {
		http.NotFound(w, r)
		return
	}
	s.stream(w, r, control.Request{Names: []string{program.FullName}, Stream: channel})
}

func (s *server) mainlogtail(w http.ResponseWriter, r *http.Request) {
	s.stream(w, r, control.Request{Main: true})
}

// headBytes is how much of a log comes first.
const headBytes = 1024

func (s *server) stream(w http.ResponseWriter, r *http.Request, ask control.Request) {
	// Whether there is such a log shows before anything is sent.
	probe := ask
	probe.Do, probe.Offset = "read", -1
	if _, err := s.do(r.Context(), probe); err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain;charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	w.Header().Set("Connection", "close") // the client waits for that
	flush := http.NewResponseController(w).Flush
	w.WriteHeader(http.StatusOK)
	_ = flush()
	ask.Do, ask.Follow, ask.Bytes = "logs", true, headBytes
	_ = s.asker.Do(r.Context(), ask, func(a control.Answer) error {
		if a.Log == nil {
			return nil
		}
		if _, err := w.Write(a.Log.Data); err != nil {
			return err
		}
		return flush()
	})
}
