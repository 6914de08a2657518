package rpc

import (
	"context"
	"net/http"
	"strconv"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/xmlrpc"
)

// part reads a part of a log as supervisord's readLog counts.
func (s *server) part(ctx context.Context, r *control.Request, p []any) (any, error) {
	offset, length := p[0].(int), p[1].(int)
	if length < 0 || offset < 0 && length != 0 {
		return nil, newFault(badArguments, "")
	}
	r.Do, r.Offset, r.Length = control.DoRead, int64(offset), int64(length)
	part, err := ask.OpenPart(ctx, s.asker, r, answerTime)
	if err != nil || part == nil {
		return "", err
	}
	if gone := part.Offset - int64(offset); gone > 0 && offset >= 0 && (offset > 0 || length > 0) {
		return nil, newFault(failed, "of what it has printed, bytes "+strconv.Itoa(offset)+" to "+strconv.FormatInt(part.Offset, 10)+
			" are not kept: give it a log file (stdout_logfile)")
	}
	return text(part), nil
}

// text is a part of a log as a value.
func text(p *ask.Part) any {
	if data, whole := p.Whole(); whole {
		return string(data)
	}
	return xmlrpc.Text{Reader: p}
}

func (s *server) readMain(ctx context.Context, p []any) (any, error) {
	return s.part(ctx, &control.Request{Main: true}, p)
}

func read(stream string) func(*server, context.Context, []any) (any, error) {
	return func(s *server, ctx context.Context, p []any) (any, error) {
		name := p[0].(string)
		program, err := s.program(ctx, name)
		if err != nil {
			return nil, err
		}
		v, err := s.part(ctx, &control.Request{Names: []string{program.FullName}, Stream: stream}, p[1:])
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
		offset, length := int64(max(p[1].(int), 0)), int64(max(p[2].(int), 0))
		r := &control.Request{Do: control.DoRead, Names: []string{program.FullName}, Stream: stream, Offset: -1, Length: 1}
		part, err := ask.OpenPart(ctx, s.asker, r, answerTime)
		size := int64(0)
		if err == nil && part != nil { // now we know where the end is
			size = part.Size
			if r.Offset, r.Length = max(offset, size-length), min(length, max(size-offset, 0)); r.Length > 0 {
				part, err = ask.OpenPart(ctx, s.asker, r, answerTime)
			}
		}
		switch {
		case err != nil && faultOf(err, "").code == noFile, err == nil && part == nil:
			return []any{"", 0, false}, nil
		case err != nil:
			return nil, err
		}
		data := any("")
		if r.Length > 0 {
			data = text(part)
		}
		return []any{data, int(size), size > int64(p[1].(int))+int64(p[2].(int)) || r.Length > 0 && part.Offset > r.Offset}, nil
	}
}

func (s *server) clearMain(ctx context.Context, _ []any) (any, error) {
	_, err := s.do(ctx, &control.Request{Do: control.DoClear, Main: true})
	return true, err
}

func (s *server) clearLogs(ctx context.Context, p []any) (any, error) {
	name := p[0].(string)
	program, err := s.program(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.actOne(ctx, &control.Request{Do: control.DoClear}, program, name)
}

func (s *server) clearAllLogs(ctx context.Context, _ []any) (any, error) {
	list, err := s.programs(ctx)
	if err != nil {
		return nil, err
	}
	return s.actAll(ctx, &control.Request{Do: control.DoClear}, list)
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
	s.stream(w, r, &control.Request{Names: []string{program.FullName}, Stream: channel})
}

func (s *server) mainlogtail(w http.ResponseWriter, r *http.Request) {
	s.stream(w, r, &control.Request{Main: true})
}

// headBytes is how much of a log comes first.
const headBytes = 1024

func (s *server) stream(w http.ResponseWriter, r *http.Request, request *control.Request) {
	// Whether there is such a log shows before anything is sent.
	probe := *request
	probe.Do, probe.Offset = control.DoRead, -1
	if _, err := s.do(r.Context(), &probe); err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain;charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	w.Header().Set("Connection", "close") // the client waits for that
	flush := http.NewResponseController(w).Flush
	w.WriteHeader(http.StatusOK)
	_ = flush()
	request.Do, request.Follow, request.Bytes = control.DoLogs, true, headBytes
	_ = s.asker.Do(r.Context(), request, func(a *control.Answer) error {
		if a.Log == nil {
			return nil
		}
		if _, err := w.Write(a.Log.Data); err != nil {
			return err
		}
		return flush()
	})
}
