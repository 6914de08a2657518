package ask

import (
	"context"
	"errors"
	"io"
	"time"

	"entrypoint/supervisor/control"
)

// Part is a part of a log, of any length: entry-point is asked for one piece after the
// other while it is read. It is an io.Reader.
type Part struct {
	Size   int64  // of the whole log when it was opened
	Offset int64  // where the part begins
	Length int64  // of the part
	File   string // which file it is; another one after a rotation

	ctx   context.Context
	asker Asker
	limit time.Duration
	r     control.Request
	piece []byte
	at    int64 // where the next piece begins
}

// pieceSize is how much is asked for at a time.
const pieceSize = 256 << 10

var errRotated = errors.New("the log was rotated or emptied while it was read")

// OpenPart opens the part that a request ("read", of one log) is about, and has its first
// piece. Each piece has to come within the limit. nil: there is no such log.
func OpenPart(ctx context.Context, a Asker, r *control.Request, limit time.Duration) (*Part, error) {
	p := &Part{ctx: ctx, asker: a, limit: limit, r: *r}
	length := r.Length
	if p.r.Length = pieceSize; length > 0 {
		p.r.Length = min(length, pieceSize)
	}
	l, err := p.ask()
	if err != nil || l == nil {
		return nil, err
	}
	p.Size, p.Offset, p.Length, p.File, p.piece = l.Size, l.Offset, max(0, l.Size-l.Offset), l.File, l.Data
	if length > 0 {
		p.Length = min(p.Length, length)
	}
	if int64(len(p.piece)) < p.r.Length { // shorter than it was said to be: that is all there is
		p.Length = min(p.Length, int64(len(p.piece)))
	}
	p.at = p.Offset + int64(len(p.piece))
	return p, nil
}

// Whole is the part if it came as one piece; else it has to be read.
func (p *Part) Whole() ([]byte, bool) { return p.piece, p.at >= p.Offset+p.Length }

// Read implements io.Reader. It ends with an error where the log does not hold any more
// what was asked for.
func (p *Part) Read(b []byte) (n int, err error) {
	for len(p.piece) == 0 {
		left := p.Offset + p.Length - p.at
		if left <= 0 {
			return 0, io.EOF
		}
		p.r.Offset, p.r.Length = p.at, min(left, pieceSize)
		l, err := p.ask()
		switch {
		case err != nil:
			return 0, err
		case l == nil || l.File != p.File || l.Offset != p.at || len(l.Data) == 0:
			return 0, errRotated
		}
		p.piece = l.Data
		p.at += int64(len(l.Data))
	}
	n = copy(b, p.piece)
	p.piece = p.piece[n:]
	return n, nil
}

func (p *Part) ask() (l *control.Log, err error) {
	ctx, cancel := Within(p.ctx, p.limit)
	defer cancel()
	err = p.asker.Do(ctx, &p.r, func(a *control.Answer) error {
		if a.Log != nil && l == nil {
			l = a.Log
		}
		return nil
	})
	return l, err
}
