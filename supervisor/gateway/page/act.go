package page

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// order is what a form, or the address of supervisord's page, asks for.
type order struct {
	Action  string
	Program string // of those that act upon one
	Signal  string
}

// Text is the order in words.
func (o *order) Text() string {
	switch o.Action {
	case "stopall":
		return "Stop all programs"
	case "restartall":
		return "Restart all programs"
	case "clearlog":
		return "Clear the log of " + o.Program
	case "signal":
		return "Send " + o.Signal + " to " + o.Program
	}
	return strings.ToUpper(o.Action[:1]) + o.Action[1:] + " " + o.Program
}

// orderOf reads an order; none is an empty one.
func orderOf(q url.Values) (*order, error) {
	o := &order{Action: q.Get("action"), Program: q.Get("processname"), Signal: q.Get("signal")}
	switch o.Action {
	case "", "refresh", "stopall", "restartall":
		return o, nil
	case "start", "stop", "restart", "reload", "clearlog", "signal":
		switch {
		case o.Program == "":
			return nil, errors.New("cannot " + o.Action + ": processname is missing")
		case o.Action == "signal" && o.Signal == "":
			return nil, errors.New("cannot signal " + o.Program + ": signal is missing")
		}
		return o, nil
	}
	return nil, errors.New("cannot do what is asked for: action is start, stop, restart, reload, clearlog, signal, stopall, restartall or refresh")
}

// act carries out an order and shows the page with a word of it.
func (p *page) act(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "cannot read the form: "+err.Error(), http.StatusBadRequest)
		return
	}
	o, err := orderOf(r.Form)
	if err != nil || o.Action == "" {
		http.Error(w, "cannot do what is asked for: the action is missing or unknown", http.StatusBadRequest)
		return
	}
	message, err := p.carryOut(r.Context(), o)
	if err != nil {
		unavailable(w, err)
		return
	}
	done(w, r, message)
}

// done sends the browser to the page, so that reloading it does nothing again.
func done(w http.ResponseWriter, r *http.Request, message string) {
	http.Redirect(w, r, "/?message="+url.QueryEscape(message), http.StatusSeeOther)
}

// carryOut returns supervisord's words for what has become of an order.
func (p *page) carryOut(ctx context.Context, o *order) (string, error) {
	now := time.Now().Format(time.ANSIC)
	request := control.Request{Do: o.Action, Names: []string{o.Program}, Wait: true, Signal: o.Signal}
	said := map[string]string{"start": "started", "stop": "stopped", "restart": "restarted", "reload": "reloaded", "signal": "signalled"}[o.Action]
	switch o.Action {
	case "refresh":
		return "Page refreshed at " + now, nil
	case "stopall":
		request.Do, request.Names, said = "stop", []string{"all"}, "All stopped at "+now
	case "restartall":
		request.Do, request.Names, said = "restart", []string{"all"}, "All restarted at "+now
	case "clearlog":
		request.Do, said = "clear", "Log for "+o.Program+" cleared"
	default:
		said = "Process " + o.Program + " " + said
	}
	wrong := []string{}
	err := p.asker.Do(ctx, request, func(a control.Answer) error {
		if a.Result != nil && a.Result.Status != control.OK {
			wrong = append(wrong, fault(o.Program, a.Result))
		}
		return nil
	})
	if refused := (*control.Error)(nil); errors.As(err, &refused) {
		return "ERROR: " + refused.Message, nil
	}
	if err != nil {
		return "", err
	}
	// A program that is not running is no reason not to stop all.
	if len(request.Names) == 1 && request.Names[0] == "all" {
		wrong = slices.DeleteFunc(wrong, func(w string) bool { return strings.HasSuffix(w, notRunning) })
	}
	if len(wrong) > 0 {
		return strings.Join(wrong, "; "), nil
	}
	return said, nil
}

const notRunning = "not running"

// fault is a result in supervisord's words.
func fault(asked string, r *control.Result) string {
	name := cmp.Or(asked, ask.FullName(r))
	words := map[string]string{
		control.AlreadyStarted: "already started", control.NoFile: "no such file", control.NotExecutable: "file not executable",
		control.SpawnError: "spawn error", control.Abnormal: "spawn error", control.NotRunning: notRunning, control.BadSignal: "bad signal name",
	}[r.Status]
	switch {
	case r.Status == control.NoProgram || r.Status == control.NoGroup:
		return "No such process named " + name
	case words == "":
		words = r.Text
	}
	return "ERROR: Process " + name + ": " + words
}
