package ask

import (
	"context"

	"entrypoint/supervisor/control"
)

// byKey is the key of the *control.By in the context of a request.
type byKey struct{}

// As is ctx with who asks, which a Pool tells entry-point.
func As(ctx context.Context, by *control.By) context.Context {
	return context.WithValue(ctx, byKey{}, by)
}

// By is who asks; nil: it is not known.
func By(ctx context.Context) *control.By {
	by, _ := ctx.Value(byKey{}).(*control.By)
	return by
}
