package ask

import (
	"context"
	"net/http"
	"slices"

	"entrypoint/supervisor/control"
)

// View is how things are, as far as that was asked for.
type View struct {
	Info     *control.Info
	Health   *control.Health
	Programs []*control.Program
	Usage    map[string]*control.Usage // by full name; "": of entry-point itself
	Events   []*control.Event
}

// Look makes each of these requests: info, health, status, usage, events. Usage is a walk
// through /proc that takes longer than all the others: it is asked for beside them.
func Look(ctx context.Context, a Asker, requests ...control.Operation) (*View, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	v := &View{Usage: map[string]*control.Usage{}}
	walked := make(chan error, 1)
	if slices.Contains(requests, control.DoUsage) {
		go func() { walked <- v.ask(ctx, a, control.DoUsage) }()
	} else {
		walked <- nil
	}
	for _, do := range requests {
		if do == control.DoUsage {
			continue
		}
		if err := v.ask(ctx, a, do); err != nil {
			cancel()
			<-walked
			return nil, err
		}
	}
	if err := <-walked; err != nil {
		return nil, err
	}
	return v, nil
}

// ask makes one request. Each kind has a member of its own.
func (v *View) ask(ctx context.Context, a Asker, do control.Operation) error {
	return a.Do(ctx, &control.Request{Do: do}, func(a *control.Answer) error {
		switch {
		case a.Info != nil:
			v.Info = a.Info
		case a.Health != nil:
			v.Health = a.Health
		case a.Program != nil:
			v.Programs = append(v.Programs, a.Program)
		case a.Usage != nil:
			v.Usage[a.Usage.Name] = a.Usage
		case a.Event != nil:
			v.Events = append(v.Events, a.Event)
		}
		return nil
	})
}

// FullName is the name of what a result is about, as requests take it.
func FullName(r *control.Result) string { return control.FullName(r.Group, r.Name) }

// Unavailable answers that there is no answer now (503); the client may come again
// in a second.
func Unavailable(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, why, http.StatusServiceUnavailable)
}
