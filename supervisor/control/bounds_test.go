package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"entrypoint/supervisor/skip"
)

func TestLongLine(t *testing.T) {
	f := newFake()
	_, path := serve(t, f, nil)
	longest := `{"do":"info","names":["` + strings.Repeat("x", MaxRequest-len(`{"do":"info","names":[""]}`+"\n")) + `"]}` + "\n"
	c := dial(t, path)
	c.send(longest)
	wait(t, f.begun, "the longest line").reply(done)
	c.want(`{"done":true}`)
	c.send(" " + longest)
	c.wantError(BadRequest)
	c.wantEnd()
	endless := dial(t, path)
	go func() {
		for b := make([]byte, 1<<20); ; {
			if _, err := endless.Write(b); err != nil {
				return
			}
		}
	}()
	endless.wantError(BadRequest)
	endless.wantEnd()
}

// TestLargeRequests: more large requests than there are places for are all read, one
// after the other, and small ones meanwhile; a place comes back from a client that is gone.
func TestLargeRequests(t *testing.T) {
	f := newFake()
	_, path := serve(t, f, nil)
	large := `{"do":"stdin","names":["` + strings.Repeat("x", MaxRequest/2) + `"]}` + "\n"
	var begun []*client
	for range maxLarge { // these have their places, and do not finish
		c := dial(t, path)
		go func() { _, _ = c.Write([]byte(large[:len(large)-4])) }()
		begun = append(begun, c)
	}
	small := dial(t, path)
	small.send(`{"do":"info"}` + "\n")
	wait(t, f.begun, "a small request").reply(done)
	small.want(`{"done":true}`)
	var others []*client
	for range 3 {
		c := dial(t, path)
		go func() { _, _ = c.Write([]byte(large)) }()
		others = append(others, c)
	}
	begun[0].Close()
	for range others {
		r := wait(t, f.begun, "a large request")
		if len(r.Names[0]) != MaxRequest/2 {
			t.Errorf("%d bytes", len(r.Names[0]))
		}
		r.reply(done)
	}
	for _, c := range others {
		c.want(`{"done":true}`)
	}
}

// TestSlowLine: a client that sends a byte now and then does not finish its line
// in time; one that is idle between its lines may stay.
func TestSlowLine(t *testing.T) {
	f := newFake()
	_, path := serve(t, f, func(s *Server) { s.patience = 200 * time.Millisecond })
	idle := dial(t, path)
	idle.send(`{"do":"health"}` + "\n")
	r := wait(t, f.begun, "health")
	slow := dial(t, path)
	begun := time.Now()
	go func() {
		for {
			if _, err := slow.Write([]byte(" ")); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	slow.wantError(BadRequest)
	slow.wantEnd()
	if took := time.Since(begun); took < 150*time.Millisecond {
		t.Errorf("ended after %v", took)
	}
	r.reply(done)
	idle.want(`{"done":true}`)
	idle.send(`{"do":"health"}` + "\n")
	wait(t, f.begun, "health").reply(done)
	idle.want(`{"done":true}`)
}

// TestSlowReader: its answers are bounded, the ones without room are counted, and
// nobody waits for it.
func TestSlowReader(t *testing.T) {
	f := newFake()
	s, path := serve(t, f, nil)
	c := dial(t, path)
	c.send(`{"do":"events","follow":true}` + "\n")
	r := wait(t, f.begun, "events")
	const sent = 3000
	for range sent {
		r.reply(result(1000))
	}
	if n := s.queued.Load(); n > maxFollow || n < maxFollow/2 {
		t.Errorf("%d bytes are queued, want about %d", n, maxFollow)
	}
	// What is lost is told when the writer takes what is queued. Where the machine is busy, the
	// writer does that again before the last answers come, and tells the rest then.
	got, lost, told := 0, 0, 0
	for got+lost < sent {
		line, err := c.lines.ReadBytes('\n')
		a := &Answer{}
		if err == nil {
			err = json.Unmarshal(line, &a)
		}
		if err != nil {
			t.Fatal(err)
		}
		if a.Result != nil {
			got++
		}
		if a.Lost > 0 {
			lost, told = lost+a.Lost, told+1
		}
	}
	if got+lost != sent || got < 500 || told < 1 || told > 10 {
		t.Errorf("%d got, %d lost, told %d times", got, lost, told)
	}
	r.reply(&Answer{Lost: 5}) // there is room again
	c.want(`{"lost":5}`)
	r.reply(done)
	c.want(`{"done":true}`)
}

// buffer is one of 100,000 bytes that others have half of.
type buffer struct{ used atomic.Int64 }

func (b *buffer) Take(have, n int) bool {
	if b.used.Add(int64(n)) > 50_000 {
		b.used.Add(int64(-n))
		return false
	}
	return true
}

func (b *buffer) Give(n int) { b.used.Add(int64(-n)) }

// TestFollowersShareABuffer: those who follow and do not read have what the buffer of
// all output has room for, beside their own share, and give it back; whoever has
// asked for an answer with an end gets all of it.
func TestFollowersShareABuffer(t *testing.T) {
	f, b := newFake(), &buffer{}
	s, path := serve(t, f, func(s *Server) { s.Bound(b) })
	c := dial(t, path)
	c.send(`{"do":"events","follow":true}` + "\n")
	r := wait(t, f.begun, "events")
	for range 3000 {
		r.reply(result(1000))
	}
	// What the socket takes is no more ours.
	if n := s.queued.Load(); n > 250_000+50_000+ownShare || b.used.Load() > 50_000 {
		t.Errorf("%d bytes are queued, %d of the buffer taken", n, b.used.Load())
	}
	asks := dial(t, path)
	asks.send(`{"do":"status"}` + "\n")
	all := wait(t, f.begun, "status")
	for range 1000 {
		all.reply(result(1000))
	}
	all.reply(done)
	for range 1000 {
		if line, err := asks.lines.ReadBytes('\n'); err != nil || bytes.Contains(line, []byte("lost")) {
			t.Fatalf("status: %.60q, %v", line, err)
		}
	}
	asks.want(`{"done":true}`)
	_ = c.Close()
	wait(t, f.cancelled, "the end of the follower")
	for end := time.Now().Add(patience); b.used.Load() != 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d bytes are not given back", b.used.Load())
		}
	}
}

// TestDeafReader: a client that reads nothing is disconnected, one that is slow
// is not.
func TestDeafReader(t *testing.T) {
	f := newFake()
	_, path := serve(t, f, func(s *Server) { s.patience = time.Second })
	deaf := dial(t, path)
	deaf.send(`{"do":"events","follow":true}` + "\n")
	r := wait(t, f.begun, "events")
	for range 1000 {
		r.reply(result(1000))
	}
	wait(t, f.cancelled, "the end of the deaf client")

	slow := dial(t, path)
	slow.send(`{"do":"status"}` + "\n")
	r = wait(t, f.begun, "status")
	for range 1000 {
		r.reply(result(1000))
	}
	r.reply(done)
	begun, read := time.Now(), 0
	for b := make([]byte, 64<<10); ; time.Sleep(150 * time.Millisecond) {
		n, err := slow.Read(b)
		if err != nil {
			t.Fatalf("after %d bytes: %v", read, err)
		}
		read += n
		if strings.HasSuffix(string(b[:n]), `{"done":true}`+"\n") {
			break
		}
	}
	if took := time.Since(begun); took < 2*time.Second || read < 1_000_000 {
		t.Errorf("it was not slow: %d bytes in %v", read, took)
	}
}

// TestNobodyReads: all clients together have a bound too, and a share of their
// own beyond it.
func TestNobodyReads(t *testing.T) {
	f := newFake()
	s, path := serve(t, f, nil)
	var deaf []call
	for range 30 {
		dial(t, path).send(`{"do":"events","follow":true}` + "\n")
		deaf = append(deaf, wait(t, f.begun, "events"))
	}
	for range 2000 {
		for _, r := range deaf {
			r.reply(result(1000))
		}
	}
	if n := s.queued.Load(); n < maxQueued*9/10 || n > maxQueued+30*ownShare {
		t.Errorf("%d bytes are queued, want about %d", n, maxQueued)
	}
	c := dial(t, path)
	c.send(`{"do":"health"}` + "\n")
	r := wait(t, f.begun, "health")
	r.reply(result(10))
	r.reply(done)
	c.want(`{"result":{"name":"web","group":"","status":"ok","text":"xxxxxxxxxx"}}`)
	c.want(`{"done":true}`)
}

// TestErrorsOnly: answers that always fit do not pile up either.
func TestErrorsOnly(t *testing.T) {
	s, path := serve(t, newFake(), nil)
	c := dial(t, path)
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for b := []byte(strings.Repeat("x\n", 10_000)); ; {
			_ = c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			if _, err := c.Write(b); err != nil {
				return // the server has stopped reading
			}
		}
	}()
	wait(t, stop, "the end of reading")
	if n := s.queued.Load(); n > 1000 {
		t.Errorf("%d bytes are queued", n)
	}
	c.wantError(BadRequest)
}

func TestTooManyClients(t *testing.T) {
	allowDescriptors(t, 4*maxClients)
	f := newFake()
	f.at = func(r *Request, reply func(*Answer)) bool {
		if r.Follow {
			return false
		}
		reply(done)
		return true
	}
	s, path := serve(t, f, nil)
	var all []*client
	for range maxClients {
		c := dial(t, path)
		c.send(`{"do":"events","follow":true}` + "\n")
		wait(t, f.begun, "events")
		all = append(all, c)
	}
	if s.clients != maxClients {
		t.Fatalf("%d clients may connect", s.clients)
	}
	for range 100 {
		c := dial(t, path)
		c.wantError(TooManyRequests)
		c.wantEnd()
		c.Close()
	}

	all[7].Close()
	wait(t, f.cancelled, "cancel")
	for { // the place is free a moment later
		c, err := Dial(path, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Do(&Request{Do: DoHealth}, nil)
		c.Close()
		if err == nil {
			break
		}
		if e, ok := err.(*Error); !ok || e.Code != TooManyRequests {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
}

// TestFewDescriptors: programs keep half of the descriptors, and with none left a
// client waits.
func TestFewDescriptors(t *testing.T) {
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old) })
	few := old
	few.Cur = 200
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	f := newFake()
	s, path := serve(t, f, nil)
	if s.clients != 100 {
		t.Errorf("%d clients may connect, want 100", s.clients)
	}
	c := dial(t, path)
	c.send(`{"do":"info"}` + "\n")
	wait(t, f.begun, "info").reply(done)
	c.want(`{"done":true}`)

	waiting, err := os.Open("/dev/null") // a place for the client's end
	if err != nil {
		t.Fatal(err)
	}
	var hoard []*os.File
	for {
		file, err := os.Open("/dev/null")
		if err != nil {
			break
		}
		hoard = append(hoard, file)
	}
	waiting.Close()
	c = dial(t, path)
	c.send(`{"do":"health"}` + "\n")
	time.Sleep(50 * time.Millisecond) // the server tries, in vain
	for _, file := range hoard {
		file.Close()
	}
	wait(t, f.begun, "health").reply(done)
	c.want(`{"done":true}`)
}

// TestManyAtOnce: for the race detector.
func TestManyAtOnce(t *testing.T) {
	f := newFake()
	f.at = func(r *Request, reply func(*Answer)) bool {
		go func() {
			for i := range r.Lines {
				reply(program(i))
			}
			reply(done)
		}()
		return true
	}
	_, path := serve(t, f, nil)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for j := range 20 {
				c, err := Dial(path, 10*time.Second)
				if err != nil {
					t.Error(err)
					return
				}
				got := 0
				err = c.Do(&Request{Do: DoStatus, Lines: i}, func(*Answer) error {
					if got++; j%3 == 2 && got == i/2 {
						return fmt.Errorf("enough")
					}
					return nil
				})
				if j%3 != 2 && (err != nil || got != i) {
					t.Errorf("%d answers of %d, %v", got, i, err)
				}
				c.Close()
			}
		})
	}
	all.Wait()
}

func allowDescriptors(t testing.TB, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= n {
		return
	}
	old := limit
	limit.Cur = n
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		skip.Unless(t, false, strconv.FormatUint(n, 10)+" descriptors: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old) })
}
