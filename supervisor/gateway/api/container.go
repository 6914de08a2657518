package api

import (
	"net/http"
	"strconv"

	"entrypoint/supervisor/gateway/measure"
)

// container answers with what the kernel says of the container.
func (x *API) container(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r); err != nil {
		return err
	}
	return write(w, measure.Read())
}

// maxPoints is how many numbers of each program come at most, and where nobody says.
const maxPoints = 240

// usageSamples answers with the samples of the last hour.
func (x *API) usageSamples(w http.ResponseWriter, r *http.Request) error {
	if err := parameters(r, "name", "points"); err != nil {
		return err
	}
	q, points := r.URL.Query(), maxPoints
	if text := q.Get("points"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPoints {
			return wrong("points is a number from 1 to %d", maxPoints)
		}
		points = n
	}
	return write(w, x.samples.Last(q["name"], points))
}
