package logs

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// syslog is a syslog daemon: the local one, or a remote one by UDP or TCP. Lines
// are queued and sent by a goroutine of its own, so a daemon that is slow or away
// makes nobody wait. While it is away the queue fills; then lines are lost, which
// is said once. It is tried again when there is a line to send.
type syslog struct {
	network string // "unix", "udp" or "tcp"
	address string // of unix the socket, else HOST:PORT
	log     func(string)
	now     func() time.Time
	buffer  *Buffer
	ident   string

	mu      sync.Mutex // held for a few instructions only
	more    *sync.Cond
	waiting []byte // messages, each with its length before it
	taken   int    // bytes of the buffer, for waiting and what is being sent
	lost    int
	away    bool      // it could not be reached, which has been said
	retry   time.Time // when it is tried again, if away
	running bool
	closing bool
	ended   chan struct{}

	// Of the goroutine alone:
	gate   threads.Gate // of those that wait for a daemon
	fd     int
	stream bool
}

const (
	maxWaiting = 1 << 18 // bytes that wait for the daemon
	retryAfter = time.Second
	sendLimit  = 5 * time.Second // for one connect or send that hangs

	// What a message may be long: what daemons take by default, and of a
	// datagram what passes without being fragmented much (RFC 5426, 3.2).
	maxLocal = 8192
	maxUDP   = 2048
)

// localSyslog is where the local daemon listens (syslog(3)).
const localSyslog = "/dev/log"

// syslog is the daemon at target, which is made at its first use. The caller
// holds the lock.
func (p *Pump) syslog(target string) (*syslog, error) {
	if l := p.remotes[target]; l != nil {
		return l, nil
	}
	network, address := "unix", localSyslog
	if target != "" {
		var ok bool
		network, address, ok = strings.Cut(target, ":")
		if _, _, err := splitPort(address); !ok || network != "udp" && network != "tcp" || err != nil {
			return nil, &Error{"use syslog", target, unix.EINVAL}
		}
	}
	l := newSyslog(network, address, p.log, p.now, p.buffer)
	l.gate = p.daemons
	if p.remotes == nil {
		p.remotes = map[string]*syslog{}
	}
	p.remotes[target] = l
	return l, nil
}

func newSyslog(network, address string, log func(string), now func() time.Time, buffer *Buffer) *syslog {
	l := &syslog{network: network, address: address, log: log, now: now, buffer: buffer, ident: filepath.Base(os.Args[0]), fd: -1, ended: make(chan struct{})}
	l.more = sync.NewCond(&l.mu)
	return l
}

// send queues one line of a program.
func (l *syslog) send(name string, line []byte) {
	limit := maxLocal
	if l.network == "udp" {
		limit = maxUDP
	}
	for {
		n := min(len(line), limit)
		if n < len(line) {
			n -= cutRune(line[:n])
		}
		l.put(name, line[:n])
		if line = line[n:]; len(line) == 0 {
			return
		}
	}
}

// put queues a message: priority LOG_USER and LOG_INFO, time, host if it goes
// to another, our name, and after that what supervisord sends: the program and
// the line (RFC 3164).
func (l *syslog) put(name string, text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if !l.running {
		l.running = true
		go l.run()
	}
	if !l.away || !now.Before(l.retry) {
		l.more.Signal()
	}
	if len(l.waiting) > maxWaiting || l.closing {
		l.lost++
		return
	}
	start := len(l.waiting)
	b := append(l.waiting, 0, 0, 0, 0)
	b = append(b, "<14>"...)
	b = now.AppendFormat(b, time.Stamp)
	if l.network != "unix" {
		b = append(append(b, ' '), hostname()...)
	}
	b = append(append(append(b, ' '), l.ident...), ": "...)
	b = append(append(append(b, name...), ' '), text...)
	binary.NativeEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	if !l.buffer.Take(l.taken, len(b)-start) {
		l.lost++
		return
	}
	l.taken += len(b) - start
	l.waiting = b
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}

// close ends it when what waits has been sent, or cannot be.
func (l *syslog) close() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing = true
	if !l.running {
		l.running = true
		close(l.ended)
	}
	l.more.Signal()
	return l.ended
}

// run sends what waits. Messages that cannot be sent stay in the queue until the
// next one comes: without one there is nobody to tell that the daemon is back.
func (l *syslog) run() {
	defer close(l.ended)
	var batch []byte
	tried := false // batch could not be sent
	for {
		l.mu.Lock()
		for !l.closing && (len(l.waiting) == 0 || tried) {
			l.more.Wait()
			tried = false
		}
		batch, l.waiting = l.waiting, batch[:0]
		closing := l.closing
		l.mu.Unlock()
		l.gate.Enter()
		rest := l.deliver(batch)
		l.gate.Leave()
		l.mu.Lock()
		sent := len(batch) - len(rest)
		l.taken -= sent
		l.buffer.Give(sent)
		tried = len(rest) > 0
		if tried {
			l.waiting = append(append(batch[:0], rest...), l.waiting...)
			batch = nil
		} else if cap(batch) > 4*ownBuffer && len(l.waiting) == 0 {
			batch = nil // the storm is over
		}
		last := closing && (tried || len(l.waiting) == 0)
		l.mu.Unlock()
		if last {
			l.disconnect()
			return
		}
	}
}

// deliver sends messages and returns those that could not be sent.
func (l *syslog) deliver(batch []byte) (rest []byte) {
	for len(batch) > 0 {
		size := 4 + int(binary.NativeEndian.Uint32(batch))
		if err := l.transmit(batch[4:size]); err != nil {
			l.complain(err)
			return batch
		}
		l.back()
		batch = batch[size:]
	}
	return nil
}

// complain says once that the daemon is away.
func (l *syslog) complain(err error) {
	l.mu.Lock()
	said := l.away
	l.away, l.retry = true, l.now().Add(retryAfter)
	l.mu.Unlock()
	if !said {
		l.log((&Error{"send to syslog", l.address, err}).Error() + "; lines are lost while it is away for long")
	}
}

// back notes that the daemon takes messages, and says what it has missed.
func (l *syslog) back() {
	l.mu.Lock()
	lost := l.lost
	l.away, l.lost = false, 0
	l.mu.Unlock()
	if lost > 0 {
		l.log("syslog " + l.address + " has missed " + strconv.Itoa(lost) + " lines")
	}
}

// syslogTarget is a stream's way to a daemon: line by line.
type syslogTarget struct {
	syslog *syslog
	name   string
	lines  lines
}

func (t *syslogTarget) write(data []byte) { t.lines.add(data, t) }
func (t *syslogTarget) begin()            {}
func (t *syslogTarget) settle()           { t.lines.pass(nil, t) }
func (t *syslogTarget) waiting() int      { return len(t.lines.held.b) }
func (t *syslogTarget) clear()            {}
func (t *syslogTarget) close()            { t.lines.held.release() }

func (t *syslogTarget) line(text []byte, first, _ bool) {
	if first || len(text) > 0 { // else the newline came long after its line
		t.syslog.send(t.name, text)
	}
}

func (t *syslogTarget) flush() {
	if !t.lines.empty() {
		t.lines.flush(t)
	}
}
