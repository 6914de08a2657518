package ask

import (
	"context"
	"errors"
	"time"
)

// ErrFull says that there was no place in time.
var ErrFull = errors.New("too many answers are under way")

// Places bound how many answers are made at a time, where each holds memory.
type Places chan struct{}

// Take waits for a place, at most for limit. leave gives it back. The error is
// ErrFull or that of ctx.
func (p Places) Take(ctx context.Context, limit time.Duration) (leave func(), err error) {
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-late.C:
		return nil, ErrFull
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
