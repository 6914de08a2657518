package ask

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"entrypoint/supervisor/control"
)

// handler answers requests as a function says.
type handler func(r *control.Request, reply func(*control.Answer))

func (h handler) Handle(r *control.Request, reply func(*control.Answer)) func() {
	h(r, reply)
	return func() {}
}

var done = &control.Answer{Done: true}

// newPool is a Pool whose other end answers as h does; dials counts its connections.
func newPool(t *testing.T, h handler) (p *Pool, dials *atomic.Int32) {
	t.Helper()
	s := control.New()
	s.Serve(h)
	dials = &atomic.Int32{}
	p = &Pool{Dial: func(context.Context) (*control.Client, error) {
		dials.Add(1)
		return s.Connect(nil)
	}}
	t.Cleanup(func() {
		p.Close()
		s.Close()
	})
	return p, dials
}

// TestPool: a connection is used again, also after an error that entry-point has told.
func TestPool(t *testing.T) {
	p, dials := newPool(t, func(r *control.Request, reply func(*control.Answer)) {
		if r.Do == control.DoStop {
			reply(&control.Answer{Error: &control.Error{Code: control.NoProgram, Message: "no"}})
			return
		}
		reply(&control.Answer{Result: &control.Result{Text: r.Names[0]}})
		reply(done)
	})
	var heard []string
	each := func(a *control.Answer) error {
		heard = append(heard, a.Result.Text)
		return nil
	}
	if err := p.Do(t.Context(), &control.Request{Do: control.DoStatus, Names: []string{"a"}}, each); err != nil {
		t.Fatal(err)
	}
	said := (*control.Error)(nil)
	if err := p.Do(t.Context(), &control.Request{Do: control.DoStop}, each); !errors.As(err, &said) || said.Code != control.NoProgram {
		t.Errorf("the error is %v", err)
	}
	if err := p.Do(t.Context(), &control.Request{Do: control.DoStatus, Names: []string{"b"}}, each); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(heard, []string{"a", "b"}) || dials.Load() != 1 {
		t.Errorf("heard %q over %d connections", heard, dials.Load())
	}
}

// TestBy: a request knows who asks, if anybody has said so.
func TestBy(t *testing.T) {
	anna := &control.By{Way: "API", User: "anna"}
	if By(t.Context()) != nil || By(As(t.Context(), anna)) != anna {
		t.Error("it is somebody else")
	}
}

// TestPoolBound: requests at the same time have connections of their own, a few of which
// are kept; one whose answer was not heard to its end is not.
func TestPoolBound(t *testing.T) {
	begun, answer := make(chan struct{}), make(chan struct{})
	p, dials := newPool(t, func(r *control.Request, reply func(*control.Answer)) {
		if r.Do == control.DoStatus {
			reply(&control.Answer{Result: &control.Result{}})
			return // and nothing else
		}
		go func() {
			begun <- struct{}{}
			<-answer
			reply(done)
		}()
	})
	const many = 2 * maxIdle
	ends := make(chan error)
	for range many {
		go func() { ends <- p.Do(context.Background(), &control.Request{Do: control.DoInfo}, nil) }()
		<-begun
	}
	close(answer)
	for range many {
		if err := <-ends; err != nil {
			t.Error(err)
		}
	}
	if dials.Load() != many || len(p.idle) != maxIdle {
		t.Errorf("%d connections, %d are kept", dials.Load(), len(p.idle))
	}
	enough := errors.New("enough")
	if err := p.Do(t.Context(), &control.Request{Do: control.DoStatus}, func(*control.Answer) error { return enough }); err != enough {
		t.Errorf("the error is %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := p.Do(ctx, &control.Request{Do: control.DoStatus}, func(*control.Answer) error { cancel(enough); return nil }); err != enough {
		t.Errorf("the error is %v", err)
	}
	if len(p.idle) != maxIdle-2 {
		t.Errorf("%d connections are kept, and two of %d were cut short", len(p.idle), maxIdle)
	}
	p.Dial = func(context.Context) (*control.Client, error) { return nil, enough }
	p.Close()
	if err := p.Do(t.Context(), &control.Request{Do: control.DoInfo}, nil); err != enough {
		t.Errorf("without a connection the error is %v", err)
	}
}

// TestWithin: who waits for too long is told whom for.
func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := Within(t.Context(), time.Minute)
		defer cancel()
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := context.Cause(ctx); err == nil || err.Error() != "entry-point has not answered within 1m0s" {
			t.Errorf("the cause is %v", err)
		}
	})
}

// asker is an Asker that answers at once.
type asker func(r *control.Request) ([]*control.Answer, error)

func (f asker) Do(_ context.Context, r *control.Request, each func(*control.Answer) error) error {
	answers, err := f(r)
	for _, a := range answers {
		if err := each(a); err != nil {
			return err
		}
	}
	return err
}

// logOf answers requests for pieces of a log.
func logOf(file *string, data *[]byte, asked *[]int64) asker {
	return func(r *control.Request) ([]*control.Answer, error) {
		*asked = append(*asked, r.Length)
		size := int64(len(*data))
		from := min(max(r.Offset, 0), size)
		if r.Offset < 0 {
			from = max(0, size+r.Offset)
		}
		to := min(size, from+r.Length)
		return []*control.Answer{{Log: &control.Log{File: *file, Size: size, Offset: from, Data: (*data)[from:to]}}}, nil
	}
}

// TestPart: a part of a log is read piece by piece; a short one has come when it is
// opened.
func TestPart(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef\n"), 50000) // 850 kB
	file, asked := "1", []int64(nil)
	a := logOf(&file, &data, &asked)
	for _, c := range []struct {
		offset, length int64
		want           []byte
		pieces         int
	}{
		{0, 0, data, 4},
		{-100, 0, data[len(data)-100:], 1},
		{17, 34, data[17:51], 1},
		{1000, 600000, data[1000:601000], 3},
		{int64(len(data)) - 5, 1 << 30, data[len(data)-5:], 1},
		{1 << 40, 10, nil, 1},
	} {
		asked = nil
		p, err := OpenPart(t.Context(), a, &control.Request{Do: control.DoRead, Offset: c.offset, Length: c.length}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if p.Size != int64(len(data)) || p.Length != int64(len(c.want)) {
			t.Errorf("%d from %d: size %d, length %d, want %d and %d", c.length, c.offset, p.Size, p.Length, len(data), len(c.want))
		}
		if text, whole := p.Whole(); whole != (c.pieces == 1) || whole && !bytes.Equal(text, c.want) {
			t.Errorf("%d from %d: whole: %v, %d bytes", c.length, c.offset, whole, len(text))
		}
		got, err := io.ReadAll(p)
		if err != nil || !bytes.Equal(got, c.want) || len(asked) != c.pieces {
			t.Errorf("%d from %d: %d bytes in %d pieces, %v; want %d in %d", c.length, c.offset, len(got), len(asked), err, len(c.want), c.pieces)
		}
		if slices.Max(asked) > pieceSize {
			t.Errorf("a piece of %d bytes", slices.Max(asked))
		}
	}
}

// TestPartRotated: what is not the same log any more is no part of it.
func TestPartRotated(t *testing.T) {
	for name, change := range map[string]func(file *string, data *[]byte){
		"rotated": func(file *string, _ *[]byte) { *file = "2" },
		"emptied": func(_ *string, data *[]byte) { *data = nil },
	} {
		data, file, asked := make([]byte, 3*pieceSize), "1", []int64(nil)
		p, err := OpenPart(t.Context(), logOf(&file, &data, &asked), &control.Request{Do: control.DoRead}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		change(&file, &data)
		if got, err := io.ReadAll(p); err != errRotated || len(got) != pieceSize {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if p, err := OpenPart(t.Context(), asker(func(*control.Request) ([]*control.Answer, error) { return nil, nil }), &control.Request{}, time.Minute); p != nil || err != nil {
		t.Errorf("no log: %v, %v", p, err)
	}
	broken := errors.New("broken")
	if _, err := OpenPart(t.Context(), asker(func(*control.Request) ([]*control.Answer, error) { return nil, broken }), &control.Request{}, time.Minute); err != broken {
		t.Errorf("the error is %v", err)
	}
}

// TestPlaces: there are as many as there are, and who waits for one may give up.
func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := make(Places, 2)
		leave, err := p.Take(t.Context(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Take(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := p.Take(t.Context(), time.Second); err != ErrFull || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(enough) })
		if _, err := p.Take(ctx, time.Minute); err != enough {
			t.Errorf("given up, and the error is %v", err)
		}
		time.AfterFunc(time.Second, leave)
		if _, err := p.Take(t.Context(), time.Minute); err != nil {
			t.Errorf("a place was free: %v", err)
		}
	})
}

// TestLook: the answers of several requests make one view.
func TestLook(t *testing.T) {
	refused := errors.New("refused")
	a := asker(func(r *control.Request) ([]*control.Answer, error) {
		switch r.Do {
		case control.DoInfo:
			return []*control.Answer{{Info: &control.Info{Version: "1"}}}, nil
		case control.DoHealth:
			return []*control.Answer{{Health: &control.Health{Ready: true}}}, nil
		case control.DoStatus:
			return []*control.Answer{{Program: &control.Program{Name: "a"}}, {Program: &control.Program{Name: "b"}}}, nil
		case control.DoUsage:
			return []*control.Answer{{Usage: &control.Usage{Memory: 1}}, {Usage: &control.Usage{Name: "a", Memory: 2}}}, nil
		case control.DoEvents:
			return []*control.Answer{{Event: &control.Event{Text: "x"}}}, nil
		}
		return nil, refused
	})
	v, err := Look(t.Context(), a, control.DoInfo, control.DoHealth, control.DoStatus, control.DoUsage, control.DoEvents)
	if err != nil {
		t.Fatal(err)
	}
	if v.Info.Version != "1" || !v.Health.Ready || len(v.Programs) != 2 || v.Programs[1].Name != "b" || v.Usage[""].Memory != 1 || v.Usage["a"].Memory != 2 || len(v.Events) != 1 {
		t.Errorf("the view is %+v", v)
	}
	if v, err := Look(t.Context(), a, control.DoInfo, control.DoStop); err != refused || v != nil {
		t.Errorf("%v, %v", v, err)
	}
}

// TestWords: names as requests take them, and the answer of who cannot answer.
func TestWords(t *testing.T) {
	for want, r := range map[string]control.Result{"web": {Name: "web"}, "app": {Name: "app", Group: "app"}, "g:app": {Name: "app", Group: "g"}} {
		if got := FullName(&r); got != want {
			t.Errorf("%+v is %q, want %q", r, got, want)
		}
	}
	w := httptest.NewRecorder()
	Unavailable(w, "not now")
	if w.Code != 503 || w.Header().Get("Retry-After") != "1" || strings.TrimSpace(w.Body.String()) != "not now" {
		t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
	}
}
