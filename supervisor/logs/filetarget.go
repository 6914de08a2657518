package logs

import "bytes"

// fileTarget is a stream's way into a log file. What is printed is written at
// once, an unfinished line too, so that tail -f shows a prompt. Near the border
// where the file is rotated, and in a file that has several writers, a line is
// held back until it is whole; but no more than maxHeld of it, and than the buffer
// has room for: a longer line goes on past the border until it ends or fills a file
// of its own.
type fileTarget struct {
	file   *file
	pump   *Pump
	held   held
	inside bool  // the line under way has begun in the file
	length int64 // bytes of it in this file
}

func (t *fileTarget) write(data []byte) {
	f := t.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(t.held.b) == 0 && f.users.Load() == 1 && f.room()-int64(len(data)) >= maxHeld {
		t.straight(data)
		return
	}
	for len(data) > 0 {
		switch {
		case t.inside:
			data = t.goOn(data)
		case len(t.held.b) > 0:
			data = t.complete(data)
		default:
			n := lastNewline(data) + 1
			t.lines(data[:n])
			t.begin(data[n:])
			return
		}
	}
}

// straight writes a chunk as it is: the border is far.
func (t *fileTarget) straight(data []byte) {
	t.file.separate(t)
	t.file.append(data)
	if i := lastNewline(data); i >= 0 {
		data = data[i+1:]
		t.length, t.file.open = 0, nil
	}
	if t.inside = t.length > 0 || len(data) > 0; t.inside {
		t.length += int64(len(data))
		t.file.open = t
	}
}

// lines writes whole lines. The file is rotated between two of them.
func (t *fileTarget) lines(block []byte) {
	f := t.file
	for len(block) > 0 {
		n := len(block)
		if room := f.room(); int64(n) > room {
			n = lastNewline(block[:room]) + 1
			if n == 0 {
				if f.size > 0 {
					f.rotate()
					continue
				}
				n = bytes.IndexByte(block, '\n') + 1 // longer than a file
			}
		}
		f.separate(t)
		f.append(block[:n])
		f.open = nil
		f.rotateFull()
		block = block[n:]
	}
}

// begin takes the beginning of a line.
func (t *fileTarget) begin(data []byte) {
	if len(data) == 0 {
		return
	}
	if f := t.file; f.users.Load() == 1 && f.room()-int64(len(data)) >= maxHeld {
		t.straight(data)
		return
	}
	t.hold(data)
}

func (t *fileTarget) hold(data []byte) {
	if len(t.held.b)+len(data) >= maxHeld || !t.held.add(data) {
		t.pass(len(data))
		for len(data) > 0 {
			data = t.goOn(data)
		}
	}
}

// pass lets what is held back, and is to be followed by so many bytes of the same
// line at least, into the file: the line has begun there.
func (t *fileTarget) pass(followed int) {
	f, piece := t.file, t.held.b
	if f.size > 0 && int64(len(piece)+followed) > f.room() {
		f.rotate()
	}
	t.inside, t.length = true, 0
	for len(piece) > 0 {
		piece = t.goOn(piece)
	}
	t.held.clear()
}

// complete adds to a line that is held back and returns what comes after it.
func (t *fileTarget) complete(data []byte) []byte {
	n := bytes.IndexByte(data, '\n') + 1
	if n == 0 {
		t.hold(data)
		return nil
	}
	if !t.held.add(data[:n]) {
		t.pass(n)
		return data
	}
	t.lines(t.held.b)
	t.held.clear()
	return data[n:]
}

// goOn writes more of a line that has begun in the file and returns what comes
// after it. A line that fills a file alone is cut.
func (t *fileTarget) goOn(data []byte) []byte {
	f := t.file
	n := bytes.IndexByte(data, '\n') + 1
	whole := n > 0
	if !whole {
		n = len(data)
	}
	if limit := f.limited() - t.length; int64(n) > limit {
		n, whole = int(max(0, limit)), false
	}
	f.separate(t)
	f.append(data[:n])
	t.length += int64(n)
	f.open = t
	switch {
	case whole:
		f.open = nil
		t.inside = false
		f.rotateFull()
	case t.length >= f.limited():
		f.rotate()
		t.length = 0
	}
	return data[n:]
}

// flush writes what is held back, without the newline that it does not have.
func (t *fileTarget) flush() {
	f := t.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(t.held.b) > 0 {
		if f.size > 0 && int64(len(t.held.b)) > f.room() {
			f.rotate()
		}
		f.separate(t)
		f.append(t.held.b)
		f.open = t
		t.held.clear()
	}
	t.inside = false
	f.rotateFull()
}

// settle shows what is there of a line.
func (t *fileTarget) settle() {
	f := t.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if t.waiting() > 0 {
		t.pass(0)
	}
}

func (t *fileTarget) waiting() int { return len(t.held.b) }

func (t *fileTarget) clear() {
	f := t.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.regular {
		f.disk.Enter()
		f.empty()
		f.disk.Leave()
		t.length = 0
	}
}

func (t *fileTarget) close() {
	t.held.release()
	t.pump.leave(t.file)
}
