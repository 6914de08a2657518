package ctl

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"syscall"
	"time"

	"entrypoint/config/environ"
	"entrypoint/supervisor/control"
)

// requester is what ctl wants of a control.Client.
type requester interface {
	// Do sends r and hands every answer to each, which ends it by an error.
	Do(r *control.Request, each func(*control.Answer) error) error
}

// closeServer ends the connection, also from beside a Do, which then returns.
func closeServer(s requester) {
	switch s := s.(type) {
	case io.Closer:
		_ = s.Close()
	case interface{ Close() }:
		s.Close()
	}
}

// defaultTimeout is for answers that the server has at once.
const defaultTimeout = 5 * time.Second

// socketPath is where the server was asked for; "": wherever it is.
func socketPath(given string, env []string) string {
	return cmp.Or(given, environ.Value(env, "ENTRYPOINT_SOCKET"))
}

// noServer is that nobody can be asked.
type noServer struct {
	path  string
	cause error
}

func (e noServer) Unwrap() error { return e.cause }

func (e noServer) Error() string {
	switch {
	case errors.Is(e.cause, syscall.ENOENT):
		return fmt.Sprintf("no server: there is no socket %q (is entry-point running, in production mode?)", e.path)
	case errors.Is(e.cause, syscall.ECONNREFUSED):
		return fmt.Sprintf("no server: nobody listens on %q any more", e.path)
	case errors.Is(e.cause, syscall.EACCES):
		return fmt.Sprintf("no server: %q may be used by root and by entry-point's own user only", e.path)
	}
	return fmt.Sprintf("no server on %q: %v", e.path, e.cause)
}

// reach connects, once.
func (c *cli) reach() error {
	if c.server != nil {
		return nil
	}
	server, where, err := c.connect(c.socket, c.patience())
	c.where = where
	if err != nil {
		return noServer{where, err}
	}
	c.server = server
	return nil
}

// ask sends one request. It returns the server's *control.Error, noServer, or
// what each returned.
func (c *cli) ask(r *control.Request, each func(*control.Answer) error) error {
	if err := c.reach(); err != nil {
		return err
	}
	var timedOut atomic.Bool
	limit := time.Duration(c.Timeout)
	if limit == 0 && !r.Wait && !r.Follow {
		limit = defaultTimeout
	}
	if limit > 0 && !r.Follow {
		server := c.server
		timer := time.AfterFunc(limit, func() {
			timedOut.Store(true)
			closeServer(server)
		})
		defer timer.Stop()
	}
	// ours is what was not the connection's fault.
	var ours error
	err := c.server.Do(r, func(a *control.Answer) error {
		switch {
		case a.Error != nil:
			ours = a.Error
		case !a.Done:
			ours = each(a)
		}
		return ours
	})
	var refused *control.Error
	if err != nil && !errors.As(err, &refused) {
		// The rest of the answers is still to come: the next request needs
		// another connection.
		closeServer(c.server)
		c.server = nil
	}
	switch {
	case ours != nil:
		return ours
	case err == nil || errors.As(err, &refused):
		return err
	case timedOut.Load():
		return fmt.Errorf("no answer within %v", limit)
	}
	return noServer{c.where, err}
}

// patience is how long a connection may take.
func (c *cli) patience() time.Duration {
	if c.Timeout > 0 {
		return time.Duration(c.Timeout)
	}
	return defaultTimeout
}

// writeJSON writes one object on a line of its own.
func (c *cli) writeJSON(object any) error {
	line, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("cannot encode the answer: %w", err)
	}
	_, err = c.out.Write(append(line, '\n'))
	return err
}
