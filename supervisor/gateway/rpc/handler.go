package rpc

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/route"
	"entrypoint/supervisor/gateway/xmlrpc"
)

// server answers calls.
type server struct{ asker ask.Asker }

// Routes are the paths of supervisord's interface. Who may call a method is said by the
// method's operation (methods.go).
func Routes(a ask.Asker) []route.Route {
	const private = "a log may hold what users have sent"
	s := &server{a}
	follows := []control.Operation{control.DoStatus, control.DoRead, control.DoLogs}
	return []route.Route{
		{Path: "/RPC2", May: route.Reader, Handler: s.serve},
		{Path: "/RPC2/", May: route.Reader, Handler: s.serve},
		{Method: "GET", Path: "/logtail/{name}", Do: follows, May: route.Operator, Why: private, Handler: s.logtail},
		{Method: "GET", Path: "/logtail/{name}/{channel}", Do: follows, May: route.Operator, Why: private, Handler: s.logtail},
		{Method: "GET", Path: "/mainlogtail", Do: follows, May: route.Operator, Why: private, Handler: s.mainlogtail},
	}
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodPost:
		http.Error(w, "XML-RPC is POST", http.StatusBadRequest)
		return
	case r.ContentLength < 0:
		http.Error(w, "the length is missing", http.StatusLengthRequired)
		return
	}
	call, err := xmlrpc.Read(r.Body)
	if err != nil {
		http.Error(w, "cannot read the call: "+err.Error(), http.StatusBadRequest)
		return
	}
	v, err := s.call(r.Context(), call.Method, call.Params)
	var reply []byte
	switch {
	case errors.Is(err, route.ErrReader):
		http.Error(w, err.Error()+": it may not call "+call.Method, http.StatusForbidden)
		return
	case err != nil:
		f := faultOf(err, "")
		reply = xmlrpc.Fault(f.code, f.Error())
	case xmlrpc.Long(v):
		w.Header().Set("Content-Type", "text/xml")
		if xmlrpc.WriteResult(w, v) != nil {
			panic(http.ErrAbortHandler) // it has begun, and is not to look whole
		}
		return
	default:
		reply = xmlrpc.Result(v)
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
	_, _ = w.Write(reply)
}

// call carries out one method.
func (s *server) call(ctx context.Context, name string, params []any) (any, error) {
	if m, ok := systemMethods()[name]; ok {
		return s.run(ctx, m, params)
	}
	m, ok := supervisorMethods()[strings.TrimPrefix(name, "supervisor.")]
	if !ok || !strings.HasPrefix(name, "supervisor.") {
		return nil, newFault(unknownMethod, "")
	}
	if route.Of(ctx) < route.Operator && m.do != control.DoNothing && !m.do.Reads() {
		return nil, route.ErrReader
	}
	if !m.always {
		if err := s.running(ctx); err != nil {
			return nil, err
		}
	}
	return s.run(ctx, m, params)
}

func (s *server) run(ctx context.Context, m method, params []any) (any, error) {
	if len(params) < m.least || len(params) > len(m.kinds) {
		return nil, newFault(incorrectParams, "")
	}
	for i, p := range params {
		if v, ok := convert(p, m.kinds[i]); ok {
			params[i] = v
		} else {
			return nil, newFault(incorrectParams, "")
		}
	}
	if m.act != nil {
		return m.act(s, ctx, m.do, params)
	}
	return m.run(s, ctx, params)
}

// convert makes a value one of the kind that a method takes: numbers may come as
// text, and the other way round for signals.
func convert(v any, kind string) (any, bool) {
	switch kind {
	case "int":
		if text, ok := v.(string); ok {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			return n, err == nil
		}
		_, ok := v.(int)
		return v, ok
	case "boolean":
		switch x := v.(type) {
		case bool:
			return x, true
		case int:
			return x != 0, true
		}
		return nil, false
	case "signal":
		if n, ok := v.(int); ok {
			return strconv.Itoa(n), true
		}
		_, ok := v.(string)
		return v, ok
	case "string":
		if b, ok := v.([]byte); ok {
			return string(b), true
		}
		_, ok := v.(string)
		return v, ok
	}
	return v, true
}
