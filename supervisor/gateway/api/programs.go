package api

import (
	"net/http"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

func (x *API) info(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r); err != nil {
		return err
	}
	var info *control.Info
	err := x.asker.Do(r.Context(), &control.Request{Do: control.DoInfo}, func(a *control.Answer) error { info = a.Info; return nil })
	if err != nil {
		return err
	}
	return write(w, info)
}

func (x *API) health(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r); err != nil {
		return err
	}
	var health *control.Health
	err := x.asker.Do(r.Context(), &control.Request{Do: control.DoHealth}, func(a *control.Answer) error { health = a.Health; return nil })
	if err != nil {
		return err
	}
	return write(w, health)
}

func (x *API) programs(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r, "name"); err != nil {
		return err
	}
	list, err := x.status(r, r.URL.Query()["name"])
	if err != nil {
		return err
	}
	return write(w, map[string]any{"programs": list})
}

func (x *API) program(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r); err != nil {
		return err
	}
	p, err := x.one(r)
	if err != nil {
		return err
	}
	return write(w, p)
}

// one is the program that the path names.
func (x *API) one(r *http.Request) (*control.Program, error) {
	list, err := x.status(r, []string{r.PathValue("name")})
	switch {
	case err != nil:
		return nil, err
	case len(list) != 1:
		return nil, &problem{Kind: control.NoProgram, Detail: "this is a group, and not one program"}
	}
	return list[0], nil
}

func (x *API) status(r *http.Request, names []string) ([]*control.Program, error) {
	list := []*control.Program{}
	err := x.asker.Do(r.Context(), &control.Request{Do: control.DoStatus, Names: names}, func(a *control.Answer) error {
		switch {
		case a.Program != nil:
			list = append(list, a.Program)
		case a.Result != nil:
			return refused(a.Result)
		}
		return nil
	})
	return list, err
}

// refused is a result as a problem.
func refused(r *control.Result) error {
	return &problem{Kind: r.Status, Detail: ask.FullName(r) + ": " + r.Text}
}

func (x *API) usage(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r, "name"); err != nil {
		return err
	}
	list := []*control.Usage{}
	err := x.asker.Do(r.Context(), &control.Request{Do: control.DoUsage, Names: r.URL.Query()["name"]}, func(a *control.Answer) error {
		switch {
		case a.Usage != nil:
			list = append(list, a.Usage)
		case a.Result != nil:
			return refused(a.Result)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return write(w, map[string]any{"usage": list})
}
