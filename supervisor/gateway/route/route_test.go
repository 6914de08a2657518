package route

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// TestServe: the row of a path that takes the method answers, if who asks has its right.
func TestServe(t *testing.T) {
	says := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	table := Table{
		OtherMethod: func(w http.ResponseWriter, _ *http.Request, takes string) {
			http.Error(w, "takes "+takes, http.StatusMethodNotAllowed)
		},
		Forbidden: func(w http.ResponseWriter, _ *http.Request, why string) { http.Error(w, why, http.StatusForbidden) },
		Rows: []Route{
			{Method: "GET", Path: "/things", May: Reader, Handler: says("list")},
			{Method: "POST", Path: "/things", May: Operator, Why: "it changes something", Handler: says("made")},
			{Path: "/any", May: Anyone, Handler: says("any")},
			{Method: "POST", Path: "/act", May: Operator, Why: "it acts", Handler: says("acted")},
		},
	}
	mux := http.NewServeMux()
	table.Register(mux)
	for _, tt := range []struct {
		method, path string
		who          Right
		code         int
		body, allow  string
	}{
		{"GET", "/things", Reader, 200, "list", ""},
		{"HEAD", "/things", Reader, 200, "list", ""}, // the server leaves the body out
		{"POST", "/things", Operator, 200, "made", ""},
		{"POST", "/things", Reader, 403, "it changes something\n", ""},
		{"GET", "/things", Anyone, 403, "\n", ""},
		{"DELETE", "/things", Operator, 405, "takes GET, HEAD, POST\n", "GET, HEAD, POST"},
		{"BREW", "/any", Anyone, 200, "any", ""},
		{"GET", "/act", Operator, 405, "takes POST\n", "POST"},
		{"GET", "/nothing", Operator, 404, "404 page not found\n", ""},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(tt.method, tt.path, nil)
		mux.ServeHTTP(w, r.WithContext(As(r.Context(), tt.who)))
		if w.Code != tt.code || w.Body.String() != tt.body || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s as %v: %d %q, Allow %q", tt.method, tt.path, tt.who, w.Code, w.Body.String(), w.Header().Get("Allow"))
		}
	}
}

// asker notes what reaches entry-point.
type asker struct {
	ask.Asker
	asked []control.Operation
}

func (a *asker) Do(_ context.Context, r *control.Request, _ func(*control.Answer) error) error {
	a.asked = append(a.asked, r.Do)
	return nil
}

// TestGuard: whoever is no operator reads and does nothing else, and so does who has not
// said anything.
func TestGuard(t *testing.T) {
	for _, tt := range []struct {
		ctx   context.Context
		do    control.Operation
		wants error
	}{
		{t.Context(), control.DoStatus, nil},
		{t.Context(), control.DoStop, ErrReader},
		{As(t.Context(), Reader), control.DoStatus, nil},
		{As(t.Context(), Reader), control.DoStop, ErrReader},
		{As(t.Context(), Reader), control.DoLogs, ErrReader},
		{As(t.Context(), Operator), control.DoStop, nil},
	} {
		a := &asker{}
		err := Guard{a}.Do(tt.ctx, &control.Request{Do: tt.do}, nil)
		if !errors.Is(err, tt.wants) || (err == nil) != (len(a.asked) == 1) {
			t.Errorf("%v as %v: %v, asked %v", tt.do, Of(tt.ctx), err, a.asked)
		}
	}
	if got := fmt.Sprint(Anyone, Reader, Operator); got != "anyone reader operator" {
		t.Error(got)
	}
}
