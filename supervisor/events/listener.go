package events

import (
	"bytes"
	"strconv"
	"strings"
)

// state is where a listener is in the protocol. The names are supervisord's, but
// for Absent.
type state int

const (
	absent       state = iota // the process is not there
	acknowledged              // it has to say READY
	ready                     // it waits for an event
	busy                      // it has one, and has to send a result
	unknown                   // it broke the protocol; what it prints is thrown away
)

const (
	readyToken  = "READY\n"
	resultToken = "RESULT "
	maxLine     = 128 // bytes of a result line
)

// listener is one process of a pool.
type listener struct {
	key     string // full name
	name    string // in the log
	pool    *pool
	state   state
	running bool   // the process is RUNNING
	entry   *entry // the event that it is BUSY with

	// What it has said so far.
	ready int    // bytes of readyToken
	line  []byte // of a result, without its newline
	body  bool   // the line is complete, its result follows
	left  int64  // bytes of the result to come
	ok    int    // bytes of the result that are those of "OK"; -1: it is something else
}

// reset forgets an incarnation.
func (l *listener) reset() { *l = listener{key: l.key, name: l.name, pool: l.pool} }

// outcome is what a piece of a listener's output amounts to.
type outcome int

const (
	said      outcome = iota // nothing yet
	saidReady                // READY
	accepted                 // a result that says OK
	rejected                 // another result
	badResult                // a result line that is none: line
	broken                   // bytes that have no place here
)

// read takes from data what belongs together and says what it amounts to. It
// never keeps more than a line, however long a result claims to be.
func (l *listener) read(data []byte) (outcome, []byte) {
	switch {
	case l.state == acknowledged:
		return l.readReady(data)
	case l.state != busy:
		return broken, nil
	case l.body:
		return l.readBody(data)
	}
	return l.readLine(data)
}

func (l *listener) readReady(data []byte) (outcome, []byte) {
	for i, c := range data {
		if c != readyToken[l.ready] {
			return broken, nil
		}
		if l.ready++; l.ready == len(readyToken) {
			l.ready = 0
			return saidReady, data[i+1:]
		}
	}
	return said, nil
}

// readLine collects "RESULT N\n".
func (l *listener) readLine(data []byte) (outcome, []byte) {
	end := bytes.IndexByte(data, '\n')
	part := data
	if end >= 0 {
		part = data[:end]
	}
	room := maxLine - len(l.line)
	l.line = append(l.line, part[:min(len(part), room)]...)
	switch {
	case len(part) > room:
		return badResult, nil
	case end < 0:
		return said, nil
	}
	digits, ok := strings.CutPrefix(string(l.line), resultToken)
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if !ok || err != nil || n < 0 {
		return badResult, nil
	}
	l.line, l.body, l.left, l.ok = l.line[:0], true, n, 0
	if n == 0 {
		return l.verdict(), data[end+1:]
	}
	return said, data[end+1:]
}

// readBody compares a result with the only good one, without keeping it.
func (l *listener) readBody(data []byte) (outcome, []byte) {
	const good = "OK"
	n := int(min(int64(len(data)), l.left))
	for _, c := range data[:n] {
		if l.ok < 0 || l.ok == len(good) || c != good[l.ok] {
			l.ok = -1
			break
		}
		l.ok++
	}
	if l.left -= int64(n); l.left > 0 {
		return said, nil
	}
	return l.verdict(), data[n:]
}

func (l *listener) verdict() outcome {
	l.body = false
	if l.ok == len("OK") || l.pool.any {
		return accepted
	}
	return rejected
}
