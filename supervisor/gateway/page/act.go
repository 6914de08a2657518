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

// action is one that a form, or the address of supervisord's page, may ask for.
type action struct {
	name string
	do   control.Operation
	all  bool   // it is about every program; else about the one that is named
	done string // what is said when it has been done
}

// actions are all of them. It is never written.
var actions = [...]action{
	{"start", control.DoStart, false, "started"},
	{"stop", control.DoStop, false, "stopped"},
	{"restart", control.DoRestart, false, "restarted"},
	{"reload", control.DoReload, false, "reloaded"},
	{"clearlog", control.DoClear, false, "cleared"},
	{"signal", control.DoSignal, false, "signalled"},
	{"startall", control.DoStart, true, "All started"},
	{"stopall", control.DoStop, true, "All stopped"},
	{"restartall", control.DoRestart, true, "All restarted"},
	{refresh, control.DoNothing, true, "Page refreshed"},
}

// acts are the operations of the actions.
func acts() (operations []control.Operation) {
	for _, a := range actions {
		if a.do != control.DoNothing {
			operations = append(operations, a.do)
		}
	}
	return operations
}

// refresh is the action that only shows the page again.
const refresh = "refresh"

// order is an action with what it is about.
type order struct {
	Action  string
	Program string // of those that act upon one
	Signal  string
	Many    int // how many programs it is about, where that may be more than one
}

// action is the order's row.
func (o *order) action() (action, bool) {
	for _, a := range actions {
		if a.name == o.Action {
			return a, true
		}
	}
	return action{}, false
}

// count finds out how many programs the order is about.
func (o *order) count(v *view) {
	a, _ := o.action()
	name := control.ParseName(o.Program)
	for _, r := range v.All {
		if !a.all && !(name.WholeGroup() && name.Is(r.Group, r.Name)) {
			continue
		}
		if a.do == control.DoStop && !r.CanStop() || a.do == control.DoStart && r.CanStop() {
			continue
		}
		o.Many++
	}
}

// Text is the order in words.
func (o *order) Text() string {
	a, _ := o.action()
	switch {
	case a.all || o.Many > 0:
		verb, what := a.do.String(), " of "+o.Program
		if a.all {
			what = ""
		}
		return strings.ToUpper(verb[:1]) + verb[1:] + " " + count(o.Many, "program", "programs") + what
	case a.do == control.DoClear:
		return "Clear the log of " + o.Program
	case a.do == control.DoSignal:
		return "Send " + o.Signal + " to " + o.Program
	}
	return strings.ToUpper(o.Action[:1]) + o.Action[1:] + " " + o.Program
}

// single is the program that the order is about; "": it may be about several.
func (o *order) single() string {
	if control.ParseName(o.Program).WholeGroup() {
		return ""
	}
	return o.Program
}

// orderOf reads an order; none is an empty one.
func orderOf(q url.Values) (*order, error) {
	o := &order{Action: q.Get("action"), Program: q.Get("processname"), Signal: q.Get("signal")}
	a, known := o.action()
	switch {
	case o.Action == "" || known && a.all:
		return o, nil
	case !known:
		var names []string
		for _, a := range actions {
			names = append(names, a.name)
		}
		last := len(names) - 1
		return nil, errors.New("cannot do what is asked for: action is " + strings.Join(names[:last], ", ") + " or " + names[last])
	case o.Program == "":
		return nil, errors.New("cannot " + o.Action + ": processname is missing")
	case a.do == control.DoSignal && o.Signal == "":
		return nil, errors.New("cannot signal " + o.Program + ": signal is missing")
	}
	return o, nil
}

// act carries out an order and shows the page with a word of it.
func (p *page) act(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "cannot read the form: "+err.Error(), http.StatusBadRequest)
		return
	}
	o, err := orderOf(r.Form)
	if err == nil && o.Action == "" {
		err = errors.New("cannot do what is asked for: the action is missing")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	message, err := p.carryOut(r.Context(), o)
	if err != nil {
		unavailable(w, err)
		return
	}
	done(w, r, r.Form.Get("open"), message)
}

// done sends the browser to the page, so that reloading it does nothing again. open is the
// program that is shown beside the list.
func done(w http.ResponseWriter, r *http.Request, open, message string) {
	to := "/?message=" + url.QueryEscape(message)
	if open != "" {
		to += "&program=" + url.QueryEscape(open)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// carryOut returns supervisord's words for what has become of an order.
func (p *page) carryOut(ctx context.Context, o *order) (string, error) {
	a, _ := o.action()
	request := &control.Request{Do: a.do, Names: []string{o.Program}, Wait: true, Signal: o.Signal}
	said := "Process " + o.Program + " " + a.done
	switch {
	case a.all:
		request.Names, said = []string{"all"}, a.done+" at "+time.Now().Format(time.UnixDate)
	case a.do == control.DoClear:
		said = "Log for " + o.Program + " " + a.done
	}
	if a.do == control.DoNothing {
		return said, nil
	}
	wrong := []string{}
	err := p.asker.Do(ctx, request, func(a *control.Answer) error {
		if a.Result != nil && a.Result.Status != control.OK {
			wrong = append(wrong, fault(o.single(), a.Result))
		}
		return nil
	})
	if refused := (*control.Error)(nil); errors.As(err, &refused) {
		return "ERROR: " + refused.Message, nil
	}
	if err != nil {
		return "", err
	}
	// A program that is as it should be is no reason not to stop or start all.
	if name := control.ParseName(request.Names[0]); name.All || name.WholeGroup() {
		wrong = slices.DeleteFunc(wrong, func(w string) bool {
			return strings.HasSuffix(w, notRunning) || strings.HasSuffix(w, "already started")
		})
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
