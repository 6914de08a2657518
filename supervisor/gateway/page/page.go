package page

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/measure"
	"entrypoint/supervisor/gateway/route"
)

//go:embed html
var texts embed.FS

//go:embed style script start.js icon.svg
var assets embed.FS

// page answers browsers.
type page struct {
	asker   ask.Asker
	samples *measure.Samples
	texts   *template.Template
	inline  inline
	places  ask.Places // for pages that are being made and sent
}

// maxPages is how many pages there are at a time; of 1,000 programs each is 1 MB.
const maxPages = 4

// Routes are the page's paths.
func Routes(a ask.Asker, s *measure.Samples) (rows []route.Route) {
	p := &page{asker: a, samples: s, places: make(ask.Places, maxPages), inline: readInline()}
	p.texts = template.Must(template.New("").Funcs(template.FuncMap{
		"moment": moment, "iso": func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") },
		"size": size, "seconds": seconds, "span": span, "visible": seen, "query": url.QueryEscape, "lower": strings.ToLower, "contains": strings.Contains,
		"style": func() template.CSS { return p.inline.style }, "start": func() template.JS { return p.inline.script },
	}).ParseFS(texts, "html/*.html"))
	icon := http.RedirectHandler("/icon.svg", http.StatusMovedPermanently).ServeHTTP
	const shows, logs = route.Reader, route.Operator
	return []route.Route{
		{Method: "GET", Path: "/{$}", Do: shown, May: shows, Handler: p.show},
		{Method: "GET", Path: "/index.html", Do: shown, May: shows, Handler: p.show},
		{Method: "GET", Path: "/part.html", Do: shown, May: shows, Handler: p.part},
		{Method: "GET", Path: "/program.html", Do: shown, May: shows, Handler: p.program},
		{Method: "POST", Path: "/{$}", Do: acts(), May: route.Operator, Why: changes, Handler: p.act},
		{Method: "POST", Path: "/index.html", Do: acts(), May: route.Operator, Why: changes, Handler: p.act},
		{Method: "GET", Path: "/tail.html", Do: []control.Operation{control.DoRead}, May: logs, Why: holdsMore, Handler: p.tail},
		{Method: "GET", Path: "/log.txt", Do: []control.Operation{control.DoRead}, May: logs, Why: holdsMore, Handler: p.download},
		{Method: "GET", Path: "/ok.html", May: shows, Handler: ok},
		{Method: "GET", Path: "/page.css", May: shows, Handler: joined("text/css; charset=utf-8", "style", "")},
		{Method: "GET", Path: "/page.js", May: shows, Handler: joined("text/javascript; charset=utf-8", "script", "\"use strict\";\n")},
		{Method: "GET", Path: "/icon.svg", May: shows, Handler: drawIcon},
		{Method: "GET", Path: "/favicon.ico", May: shows, Handler: icon},
	}
}

// shown is what the page asks entry-point for. Of one program an operator sees more
// (open). cheap is all of it but for a walk through /proc. They are never written.
var (
	cheap = []control.Operation{control.DoInfo, control.DoHealth, control.DoStatus, control.DoEvents}
	shown = append(slices.Clone(cheap), control.DoUsage)
)

// Why some rows are for operators only.
const (
	changes   = "this changes what runs"
	holdsMore = "a log may hold what users have sent"
)

// ok is what supervisord's page has for who looks whether it is there.
func ok(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write([]byte("OK"))
}

// joined answers with all files of a directory, in the order of their names, as one: a
// file has one subject, and a browser asks once.
func joined(kind, dir, head string) http.HandlerFunc {
	text := append([]byte(head), readAll(dir+"/*")...)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(text)
	}
}

// readAll is the text of all files whose names match, in the order of those.
func readAll(pattern string) (text []byte) {
	names, _ := fs.Glob(assets, pattern)
	for _, name := range names {
		file, _ := assets.ReadFile(name)
		text = append(text, file...)
	}
	return text
}

// iconColors are those of the icon, by how the container is.
var iconColors = map[string]string{"good": "#0b6b3f", "warn": "#b25e00", "bad": "#c4181f", "lost": "#5b6670"}

// iconSigns are what it shows, for those who see no colours.
var iconSigns = map[string]string{
	"good": "M4 8.5l3 3 5-6", "warn": "M4 8h8", "bad": "M5 5l6 6M11 5l-6 6", "lost": "M6 6a2 2 0 1 1 2.6 2.4v1.2M8 12v.1",
}

// drawIcon answers with the icon in the colour and with the sign of a state.
func drawIcon(w http.ResponseWriter, r *http.Request) {
	state := r.URL.Query().Get("state")
	text, _ := assets.ReadFile("icon.svg")
	text = bytes.ReplaceAll(text, []byte("COLOR"), []byte(cmp.Or(iconColors[state], iconColors["good"])))
	text = bytes.ReplaceAll(text, []byte("SIGN"), []byte(cmp.Or(iconSigns[state], "M4 8h6M8 5l3 3-3 3")))
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write(text)
}

// show answers with the page, which asks back if the address wants an action.
func (p *page) show(w http.ResponseWriter, r *http.Request) {
	o, err := orderOf(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if o.Action == refresh {
		done(w, r, "", "Page refreshed at "+time.Now().Format(time.UnixDate))
		return
	}
	if o.Action != "" && route.Of(r.Context()) != route.Operator {
		http.Error(w, route.ErrReader.Error()+": "+changes, http.StatusForbidden)
		return
	}
	p.answer(w, r, "page.html", r.URL.Query().Get("program"), func(v *view) {
		v.Message = r.URL.Query().Get("message")
		if o.Action != "" {
			o.count(v)
			v.Confirm = o
		}
	})
}

// part answers with what of the page may have changed: the head, and the rows of some
// programs (name=), or of all.
func (p *page) part(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, "part.html", "", func(v *view) { v.only(r.URL.Query()["name"]) })
}

// program answers with one program alone (program=).
func (p *page) program(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, "one.html", r.URL.Query().Get("program"), func(*view) {})
}

// answer looks, and answers with a template of what is to be seen.
func (p *page) answer(w http.ResponseWriter, r *http.Request, name, program string, change func(*view)) {
	leave, err := p.places.Take(r.Context(), answerTime)
	if err != nil {
		unavailable(w, err)
		return
	}
	defer leave()
	v, err := p.look(r.Context(), program)
	if err != nil {
		unavailable(w, err)
		return
	}
	change(v)
	code := http.StatusOK
	if v.Open != nil && v.Open.Program == nil {
		code = http.StatusNotFound
	}
	if name == "page.html" {
		p.inline.allow(w.Header())
	}
	p.write(w, code, name, v)
}

func unavailable(w http.ResponseWriter, err error) {
	ask.Unavailable(w, "entry-point does not answer: "+err.Error())
}

func (p *page) write(w http.ResponseWriter, code int, name string, v any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_ = p.texts.ExecuteTemplate(w, name, v)
}
