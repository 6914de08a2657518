// Package ask is how the gateway's handlers ask entry-point: an Asker, which is a
// pool of connections, or in tests whatever answers.
package ask

import (
	"context"
	"fmt"
	"sync"
	"time"

	"entrypoint/supervisor/control"
)

// Asker carries out requests of the control protocol. Any goroutine may use it.
type Asker interface {
	// Do hands every answer but the last to each, which may be nil, and returns
	// when there are no more, when each returns an error, or when ctx ends. The
	// error is an *control.Error if entry-point said so.
	Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error
}

// Within is ctx with a limit, whose end has words of its own: they go out to clients.
func Within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("entry-point has not answered within %v", limit))
}

// Pool is an Asker over connections that are used again and again.
type Pool struct {
	// Dial returns a new connection. It is called as often as there are requests
	// at a time.
	Dial func(ctx context.Context) (*control.Client, error)

	mu   sync.Mutex
	idle []*control.Client
}

// maxIdle is how many connections are kept for later.
const maxIdle = 4

// Do implements Asker.
func (p *Pool) Do(ctx context.Context, r *control.Request, each func(*control.Answer) error) error {
	asked := *r
	asked.By = By(ctx)
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	// The end of ctx ends a read that waits; such a client is not used again.
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	err = c.Do(&asked, each)
	if !stop() {
		c.Close()
		if ctx.Err() != nil && err != nil {
			return context.Cause(ctx)
		}
		return err
	}
	if _, said := err.(*control.Error); err == nil || said {
		p.put(c)
	}
	return err
}

func (p *Pool) take(ctx context.Context) (*control.Client, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	return p.Dial(ctx)
}

func (p *Pool) put(c *control.Client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= maxIdle {
		c.Close()
		return
	}
	p.idle = append(p.idle, c)
}

// Close closes the connections that are not in use.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.Close()
	}
	p.idle = nil
}
