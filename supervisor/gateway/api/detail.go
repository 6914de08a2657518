package api

import (
	"context"
	"errors"
	"net/http"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/setting"
)

// Detail is what is known of a program beyond its state.
type Detail struct {
	*control.Detail
	Settings []setting.Setting `json:"settings"`
	Defaults []setting.Default `json:"defaults"`
}

// DetailOf asks for it. The name is that of one program.
func DetailOf(ctx context.Context, a ask.Asker, name string) (*Detail, error) {
	d := &Detail{}
	err := a.Do(ctx, &control.Request{Do: control.DoDetail, Names: []string{name}}, func(a *control.Answer) error {
		switch {
		case a.Detail != nil:
			d.Detail = a.Detail
		case a.Result != nil:
			return refused(a.Result)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case d.Detail == nil:
		return nil, errors.New("entry-point does not know it")
	}
	setting.MaskProbes(d.Probes)
	d.Settings, d.Defaults = setting.Parse(d.Detail.Settings)
	return d, nil
}

func (x *API) detail(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r); err != nil {
		return err
	}
	p, err := x.one(r)
	if err != nil {
		return err
	}
	d, err := DetailOf(r.Context(), x.asker, p.FullName)
	if err != nil {
		return err
	}
	return write(w, d)
}
