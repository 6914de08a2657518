package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"entrypoint/supervisor/control"
)

// maxBody is more than any request can use.
const maxBody = 64 << 10

// body reads the JSON object of a request into v; there may be none.
func body(w http.ResponseWriter, r *http.Request, v any) error {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			return err
		}
		return wrong("cannot read the body: %v", err)
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(text) == 0 && kind == "":
		return nil
	case kind != "application/json":
		return &problem{Kind: "unsupported-media-type", Detail: "the body has to be of type application/json"}
	case len(text) == 0:
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return wrong("%s", misread(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return wrong("there is more in the body than one JSON object")
	}
	return nil
}

// misread says what is wrong with a body, in words of JSON and not of Go.
func misread(err error) string {
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
		if kind.Field == "" {
			return "the body has to be a JSON object"
		}
		value, _, _ := strings.Cut(kind.Value, " ")
		return "member " + strconv.Quote(kind.Field) + " cannot have a value of type " + value
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if name, ok := strings.CutPrefix(text, "unknown field "); ok {
		return "unknown member " + name[:min(len(name), 100)]
	}
	return "the body is no JSON object: " + text
}

// order is the body of an action.
type order struct {
	Do     string   `json:"do"`
	Names  []string `json:"names"`
	Wait   bool     `json:"wait"`
	Signal string   `json:"signal"`
}

// act is an action upon the program of the path. What is already as it should be
// is no problem.
func (x *API) act(do control.Operation) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		o, err := one(w, r)
		if err != nil {
			return err
		}
		if (do == control.DoSignal) != (o.Signal != "") {
			if do == control.DoSignal {
				return wrong(`the signal is missing, as in {"signal":"HUP"}`)
			}
			return wrong("%s takes no signal", do)
		}
		p, err := x.one(r)
		if err != nil {
			return err
		}
		request := &control.Request{Do: do, Names: []string{p.FullName}, Wait: o.Wait, Signal: o.Signal}
		err = x.asker.Do(r.Context(), request, func(a *control.Answer) error {
			if a.Result != nil && a.Result.Status != control.OK && !already(do, a.Result.Status) {
				return refused(a.Result)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if p, err = x.one(r); err != nil {
			return err
		}
		return write(w, p)
	}
}

// one reads what is to be done with one program.
func one(w http.ResponseWriter, r *http.Request) (order, error) {
	o := struct {
		Wait   bool   `json:"wait"`
		Signal string `json:"signal"`
	}{}
	if err := parameters(r, "wait"); err != nil {
		return order{}, err
	}
	if err := body(w, r, &o); err != nil {
		return order{}, err
	}
	wait, err := boolean(r, "wait")
	return order{Wait: wait || o.Wait, Signal: o.Signal}, err
}

// boolean is a parameter that is true or false, or not there.
func boolean(r *http.Request, name string) (bool, error) {
	switch r.URL.Query().Get(name) {
	case "true", "1":
		return true, nil
	case "false", "0", "":
		return false, nil
	}
	return false, wrong("%s is true or false", name)
}

func already(do control.Operation, status string) bool {
	return do == control.DoStart && status == control.AlreadyStarted || do == control.DoStop && status == control.NotRunning
}

// actions is an action upon many programs, with a result for each.
func (x *API) actions(w http.ResponseWriter, r *http.Request) error {
	o := order{}
	if err := parameters(r); err != nil {
		return err
	}
	if err := body(w, r, &o); err != nil {
		return err
	}
	do, _ := control.OperationOf(o.Do)
	switch {
	case !slices.Contains([]control.Operation{control.DoStart, control.DoStop, control.DoRestart, control.DoSignal}, do):
		return wrong("do is start, stop, restart or signal")
	case len(o.Names) == 0:
		return wrong(`the names of programs are missing; "all" is every one`)
	case (do == control.DoSignal) != (o.Signal != ""):
		return wrong("signal takes a signal, and nothing else does")
	}
	results := []*control.Result{}
	request := &control.Request{Do: do, Names: o.Names, Wait: o.Wait, Signal: o.Signal}
	err := x.asker.Do(r.Context(), request, func(a *control.Answer) error {
		if a.Result != nil {
			results = append(results, a.Result)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return write(w, map[string]any{"results": results})
}
