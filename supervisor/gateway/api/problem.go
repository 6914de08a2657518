package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/route"
)

// The types of problems that the gateway finds before any handler sees the request.
const (
	Unauthorized  = "unauthorized"
	Forbidden     = "forbidden"
	OtherMethod   = "method-not-allowed"
	CrossOrigin   = "cross-origin"
	UnknownHost   = "unknown-host"
	BodyTooLarge  = "body-too-large"
	Busy          = "busy"
	InternalError = "internal-error"
)

// Refuse answers a request that no handler may see, below /v1/ with a problem and
// elsewhere with a line of text; kind is one of the constants above.
func Refuse(w http.ResponseWriter, r *http.Request, kind, detail string) {
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		tell(w, &problem{kind, detail})
		return
	}
	k, _ := kindOf(kind)
	if k.status == http.StatusServiceUnavailable {
		ask.Unavailable(w, detail)
		return
	}
	http.Error(w, detail, k.status)
}

// problem is why a request was not carried out.
type problem struct {
	Kind   string // the last part of its type, in kinds
	Detail string
}

func (p *problem) Error() string { return p.Detail }

func wrong(format string, args ...any) error {
	return &problem{Kind: control.BadRequest, Detail: fmt.Sprintf(format, args...)}
}

// kind is what all problems of one type have in common.
type kind struct {
	status int
	title  string
}

// kindOf says what a type of problem is; those of the control protocol keep their
// code.
func kindOf(name string) (kind, bool) {
	k, ok := map[string]kind{
		"not-found":              {http.StatusNotFound, "There is nothing at this path"},
		OtherMethod:              {http.StatusMethodNotAllowed, "The path does not take this method"},
		"unsupported-media-type": {http.StatusUnsupportedMediaType, "The body is not JSON"},
		Unauthorized:             {http.StatusUnauthorized, "A name and a password are needed"},
		Forbidden:                {http.StatusForbidden, "The login may only read"},
		CrossOrigin:              {http.StatusForbidden, "The request comes from another site's page"},
		UnknownHost:              {http.StatusMisdirectedRequest, "The server is not known by this name"},
		BodyTooLarge:             {http.StatusRequestEntityTooLarge, "The body is too large"},
		Busy:                     {http.StatusServiceUnavailable, "Too much is under way"},
		InternalError:            {http.StatusInternalServerError, "An error of the gateway's own"},
		"unavailable":            {http.StatusServiceUnavailable, "entry-point does not answer"},
		control.BadRequest:       {http.StatusBadRequest, "The request is not understood"},
		control.BadSignal:        {http.StatusBadRequest, "There is no such signal"},
		control.NoProgram:        {http.StatusNotFound, "There is no such program"},
		control.NoGroup:          {http.StatusNotFound, "There is no such group"},
		control.NoLog:            {http.StatusNotFound, "There is no such log"},
		control.NoFile:           {http.StatusConflict, "The program's command does not exist"},
		control.NotExecutable:    {http.StatusConflict, "The program's command cannot be executed"},
		control.Failed:           {http.StatusConflict, "It did not work"},
		control.Abnormal:         {http.StatusConflict, "The program ended too early"},
		control.SpawnError:       {http.StatusConflict, "The program cannot be started"},
		control.NotRunning:       {http.StatusConflict, "The program is not running"},
		control.StillRunning:     {http.StatusConflict, "The program is still running"},
		control.ShuttingDown:     {http.StatusServiceUnavailable, "The container is stopping"},
		control.TooManyRequests:  {http.StatusServiceUnavailable, "There are too many clients"},
		control.NotAllowed:       {http.StatusServiceUnavailable, "The gateway may not ask entry-point"},
	}[name]
	return k, ok
}

// asProblem is what a client may know of err.
func asProblem(err error) *problem {
	p, said, large := (*problem)(nil), (*control.Error)(nil), (*http.MaxBytesError)(nil)
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, route.ErrReader):
		return &problem{Kind: Forbidden, Detail: err.Error()}
	case errors.As(err, &said):
		return &problem{Kind: said.Code, Detail: said.Message}
	case errors.As(err, &large):
		return &problem{Kind: BodyTooLarge, Detail: fmt.Sprintf("a body has at most %d bytes", large.Limit)}
	}
	return &problem{Kind: "unavailable", Detail: err.Error()}
}

// tell answers with a problem object (RFC 9457).
func tell(w http.ResponseWriter, p *problem) {
	k, known := kindOf(p.Kind)
	if !known {
		p.Kind = control.Failed
		k, _ = kindOf(p.Kind)
	}
	text, _ := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{"/v1/problems/" + p.Kind, k.title, k.status, p.Detail})
	if k.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(k.status)
	_, _ = w.Write(append(text, '\n'))
}

// explain says what a type of problem means.
func explain(w http.ResponseWriter, r *http.Request) error {
	k, known := kindOf(r.PathValue("kind"))
	if !known {
		return &problem{Kind: "not-found", Detail: "there is no such type of problem"}
	}
	return write(w, map[string]any{"type": r.URL.Path, "title": k.title, "status": k.status})
}
