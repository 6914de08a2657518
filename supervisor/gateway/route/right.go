package route

import (
	"context"
	"errors"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
)

// Right is what somebody may do. A higher one includes the lower ones.
type Right int

// The rights.
const (
	Anyone   Right = iota // who has not said a password
	Reader                // who may only read
	Operator              // who may do everything
)

// String is the right's name in the API's document.
func (r Right) String() string { return [...]string{"anyone", "reader", "operator"}[r] }

// rightKey is the key of the Right in the context of a request.
type rightKey struct{}

// As is ctx with what who asks may do.
func As(ctx context.Context, r Right) context.Context { return context.WithValue(ctx, rightKey{}, r) }

// Of is what who asks may do; Anyone where nobody has said.
func Of(ctx context.Context) Right {
	r, _ := ctx.Value(rightKey{}).(Right)
	return r
}

// ErrReader is that a reader has asked for what a reader may not have.
var ErrReader = errors.New("this login may only read")

// Guard is an Asker that lets nobody but operators ask for what is more than reading.
type Guard struct{ ask.Asker }

// Do is that of ask.Asker.
func (g Guard) Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
	if Of(ctx) < Operator && !r.Do.Reads() {
		return ErrReader
	}
	return g.Asker.Do(ctx, r, each)
}
