package page

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/route"
	"entrypoint/supervisor/visible"
)

//go:embed page.html tail.html
var texts embed.FS

//go:embed page.css page.js icon.svg
var assets embed.FS

// page answers browsers.
type page struct {
	asker  ask.Asker
	texts  *template.Template
	places ask.Places // for pages that are being made and sent
}

// maxPages is how many pages there are at a time; of 1,000 programs each is 2 MB.
const maxPages = 4

// Routes are the page's paths.
func Routes(a ask.Asker) (rows []route.Route) {
	p := &page{asker: a, places: make(ask.Places, maxPages), texts: template.Must(template.New("").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.UTC().Format("15:04:05") },
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"size":  size, "seconds": seconds, "visible": seen, "query": url.QueryEscape, "lower": strings.ToLower,
	}).ParseFS(texts, "*.html"))}
	files := http.FileServerFS(assets).ServeHTTP
	icon := http.RedirectHandler("/icon.svg", http.StatusMovedPermanently).ServeHTTP
	return []route.Route{
		{Method: "GET", Path: "/{$}", Do: shown, May: route.Reader, Handler: p.show},
		{Method: "GET", Path: "/index.html", Do: shown, May: route.Reader, Handler: p.show},
		{Method: "POST", Path: "/{$}", Do: acts(), May: route.Operator, Why: changes, Handler: p.act},
		{Method: "POST", Path: "/index.html", Do: acts(), May: route.Operator, Why: changes, Handler: p.act},
		{Method: "GET", Path: "/tail.html", Do: []control.Operation{control.DoRead}, May: route.Operator, Why: "a log may hold what users have sent", Handler: p.tail},
		{Method: "GET", Path: "/ok.html", May: route.Reader, Handler: ok},
		{Method: "GET", Path: "/page.css", May: route.Reader, Handler: files},
		{Method: "GET", Path: "/page.js", May: route.Reader, Handler: files},
		{Method: "GET", Path: "/icon.svg", May: route.Reader, Handler: files},
		{Method: "GET", Path: "/favicon.ico", May: route.Reader, Handler: icon},
	}
}

// shown is what the page asks entry-point for. It is never written.
var shown = []control.Operation{control.DoInfo, control.DoHealth, control.DoStatus, control.DoUsage, control.DoEvents}

// changes is why only operators may act.
const changes = "this changes what runs"

// ok is what supervisord's page has for who looks whether it is there.
func ok(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write([]byte("OK"))
}

// shownEvents is how many of the last events the page has.
const shownEvents = 60

// view is what the page shows.
type view struct {
	Info     *control.Info
	Health   *control.Health
	Programs []row
	Own      *control.Usage // of entry-point itself
	Events   []*control.Event
	Message  string
	Confirm  *order // an action that is asked for by GET
	May      bool   // who looks may act, and read logs
	Signals  []string
}

// row is one program.
type row struct {
	*control.Program
	Usage *control.Usage
}

// ID is the program's place in the page.
func (r row) ID() string { return "program-" + url.PathEscape(r.FullName) }

// CanStart and CanStop say what makes sense in this state.
func (r row) CanStart() bool { return !r.CanStop() }

func (r row) CanStop() bool {
	return slices.Contains([]string{"STARTING", "RUNNING", "BACKOFF"}, r.State)
}

// Up is when the process was started that runs; zero: none does.
func (r row) Up() time.Time {
	if r.PID == 0 {
		return time.Time{}
	}
	return r.Started
}

var signals = [...]string{"HUP", "USR1", "USR2", "INT", "QUIT", "TERM", "WINCH", "KILL"}

// answerTime is how long entry-point may take to say how things are.
const answerTime = 5 * time.Second

// look asks for all that the page shows.
func (p *page) look(ctx context.Context) (*view, error) {
	ctx, cancel := ask.Within(ctx, answerTime)
	defer cancel()
	seen, err := ask.Look(ctx, p.asker, shown...)
	if err != nil {
		return nil, err
	}
	if seen.Info == nil || seen.Health == nil {
		return nil, errors.New("it does not say how it is")
	}
	v := &view{Info: seen.Info, Health: seen.Health, Own: seen.Usage[""], Signals: signals[:]}
	for _, p := range seen.Programs {
		v.Programs = append(v.Programs, row{p, seen.Usage[p.FullName]})
	}
	v.Events = seen.Events[max(0, len(seen.Events)-shownEvents):]
	slices.Reverse(v.Events)
	return v, nil
}

// show answers with the page, which asks back if the address wants an action.
func (p *page) show(w http.ResponseWriter, r *http.Request) {
	o, err := orderOf(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if o.Action == refresh {
		done(w, r, "Page refreshed at "+time.Now().Format(time.ANSIC))
		return
	}
	may := route.Of(r.Context()) == route.Operator
	if o.Action != "" && !may {
		http.Error(w, route.ErrReader.Error()+": "+changes, http.StatusForbidden)
		return
	}
	leave, err := p.places.Take(r.Context(), answerTime)
	if err != nil {
		unavailable(w, err)
		return
	}
	defer leave()
	v, err := p.look(r.Context())
	if err != nil {
		unavailable(w, err)
		return
	}
	v.May = may
	v.Message = r.URL.Query().Get("message")
	if o.Action != "" {
		v.Confirm = o
	}
	p.write(w, http.StatusOK, "page.html", v)
}

func unavailable(w http.ResponseWriter, err error) {
	ask.Unavailable(w, "entry-point does not answer: "+err.Error())
}

func (p *page) write(w http.ResponseWriter, code int, name string, v any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_ = p.texts.ExecuteTemplate(w, name, v)
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64) + " GiB"
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
	}
	return strconv.FormatInt(n>>10, 10) + " KiB"
}

// seconds is a duration for people.
func seconds(s float64) string {
	d, unit := time.Duration(s*float64(time.Second)), 10*time.Millisecond
	switch {
	case d < time.Second:
		unit = time.Millisecond
	case d > time.Minute:
		unit = time.Second
	}
	return d.Round(unit).String()
}

// seen shows the control characters of ASCII as pictures (U+2400), so that a log
// stays legible, and escapes the others. Line ends and tabs stay.
func seen(text string) string {
	return visible.Lines(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20:
			return 0x2400 + r
		case r == 0x7f:
			return 0x2421
		}
		return r
	}, text))
}
