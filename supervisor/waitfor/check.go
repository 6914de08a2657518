package waitfor

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

// attemptTime is how long one attempt may take.
const attemptTime = 5 * time.Second

// Check says whether the target answers now; nil: it does.
func (t *Target) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	err := t.check(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return errors.New("no answer within " + attemptTime.String())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection was closed without an answer")
	}
	// Without the addresses: the name is told anyway.
	if e := syscall.Errno(0); errors.As(err, &e) {
		return e
	}
	if e := (*net.DNSError)(nil); errors.As(err, &e) {
		return errors.New("cannot resolve " + e.Name + ": " + e.Err)
	}
	return err
}

func (t *Target) check(ctx context.Context) error {
	switch t.kind {
	case "file":
		err := t.stat(ctx)
		if errors.Is(err, os.ErrNotExist) {
			return errors.New("it does not exist")
		}
		return err
	case "dns":
		_, err := net.DefaultResolver.LookupHost(ctx, t.address)
		return err
	case "http", "https":
		return t.get(ctx)
	}
	c, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if t.tls && t.kind != "postgres" {
		secure, err := t.secure(ctx, c)
		if err != nil {
			return err
		}
		return t.converse(ctx, secure)
	}
	return t.converse(ctx, c)
}

func (t *Target) stat(ctx context.Context) error {
	if t.local != nil {
		_, err := t.local.look(ctx, t.place)
		return err
	}
	_, err := os.Stat(t.address)
	return err
}

func (t *Target) connect(ctx context.Context) (net.Conn, error) {
	if t.local != nil {
		c, err := t.local.look(ctx, t.place)
		if err == nil && c == nil {
			err = syscall.EMFILE // it was sent, and we had no descriptor left
		}
		return c, err
	}
	return (&net.Dialer{}).DialContext(ctx, t.network, t.address)
}

// converse speaks the target's protocol.
func (t *Target) converse(ctx context.Context, c net.Conn) error {
	switch t.kind {
	case "postgres":
		return t.postgres(ctx, c)
	case "mysql":
		return mysql(c)
	case "redis", "rediss":
		return redis(c)
	case "amqp", "amqps":
		return amqp(c)
	}
	return nil
}

// secure speaks TLS. Whose certificate it is is the application's business: nothing
// secret is said here.
func (t *Target) secure(ctx context.Context, c net.Conn) (net.Conn, error) {
	s := tls.Client(c, &tls.Config{ServerName: t.url.Hostname(), InsecureSkipVerify: true}) //nolint:gosec
	return s, s.HandshakeContext(ctx)
}

// get asks a web server. A redirect is an answer.
func (t *Target) get(ctx context.Context) error {
	u := *t.url
	u.User = nil
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	res, err := client.Do(r)
	if err != nil {
		return errors.Unwrap(err) // without the URL
	}
	res.Body.Close()
	if res.StatusCode >= 500 {
		return errors.New("it answers " + strconv.Itoa(res.StatusCode) + " " + http.StatusText(res.StatusCode))
	}
	return nil
}
