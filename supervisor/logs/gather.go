package logs

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// Most programs write line by line, unbuffered. A wake-up for each line would cost us,
// and the program that has to wake us, more than all the rest. So the first line after
// a silence is read at once, but a stream of lines is read at intervals: its pipe is
// taken out of epoll, so that a write wakes nobody, and read again a fraction of a
// millisecond later. A line that comes alone is never delayed.
const (
	quick    = 500 * time.Microsecond // two reads of a stream of lines are at most so far apart
	little   = 1 << 14                // and such a read has at most so many bytes
	enough   = 3                      // so many such reads in a row make a stream of lines
	linePipe = 1 << 18                // the size of its pipe, so that its writer need not wait

	shortNap = 50 * time.Microsecond
	firstNap = 200 * time.Microsecond
	longNap  = 600 * time.Microsecond
	cold     = time.Millisecond // without a line for so long, it is no such stream any more
)

// lines notes a read of n bytes and says whether s has become a stream of lines.
func (s *Stream) lines(n int, now time.Time) bool {
	if n > 0 && n < little && now.Sub(s.lastRead) < quick {
		s.small++
	} else {
		s.small = 0
	}
	s.lastRead = now
	return s.small >= enough
}

// alarm is the timer's number in epoll. Those of streams are not negative.
const alarm = -1

// heat begins to read a stream at intervals. A timer descriptor tells when one is over,
// because the runtime's own timers are no finer than a millisecond.
func (w *worker) heat(s *Stream) {
	if w.timer == 0 {
		timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
		if err == nil {
			err = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, timer, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: alarm})
		}
		if err != nil { // no descriptor is free
			if timer > 0 {
				threads.Close(timer)
			}
			return
		}
		w.timer = timer
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, s.fd, nil) != nil {
		return
	}
	s.hot, s.small = true, 0
	s.grow(linePipe)
	if w.hot = append(w.hot, s); len(w.hot) == 1 {
		w.nap = firstNap
		threads.SetTimer(w.timer, w.nap)
	}
}

// cool ends what heat has begun: epoll watches the pipe again. Where the kernel has no
// memory for that, the stream is read at intervals as before.
func (w *worker) cool(s *Stream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.hot && unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, s.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: s.id}) == nil {
		s.hot = false
	}
}

// gather reads the hot streams, and finds the interval at which their pipes are a
// quarter to a half full. A stream that has fallen silent is read by epoll again, and so
// is a stream that fills its pipe within the shortest interval, as that is no stream of
// lines.
func (w *worker) gather() {
	full := 0 // the fullest pipe, in parts of 256
	for _, s := range w.hot {
		w.mu.Lock()
		there := s.hot && w.streams[s.id] == s
		if there {
			w.current = s
		}
		w.mu.Unlock()
		if !there {
			continue
		}
		n, more := w.take(s)
		if n > 0 {
			s.lastRead = w.now
		}
		filled := n * 256 / s.capacity
		full = max(full, filled)
		switch {
		case !more:
			w.end(s)
		case w.now.Sub(s.lastRead) > cold, filled > 192 && w.nap == shortNap:
			w.cool(s)
		}
		w.leave()
	}
	w.mu.Lock()
	w.hot = slices.DeleteFunc(w.hot, func(s *Stream) bool { return !s.hot || w.streams[s.id] != s })
	w.mu.Unlock()
	switch {
	case full > 128:
		w.nap = max(shortNap, w.nap/2)
	case full < 64:
		w.nap = min(longNap, w.nap+w.nap/4)
	}
	if len(w.hot) == 0 {
		w.nap = 0 // disarms it
	}
	threads.SetTimer(w.timer, w.nap)
}

// The beginning of an unfinished line (a prompt, a progress bar) is shown when nothing
// has followed for a while, or when it has come in small parts for five times as long.
// In a file with several writers that takes longer, because the line of another one
// would cut it in two.
const (
	silence       = 200 * time.Millisecond
	silenceShared = 2 * time.Second
)

// holds notes whether s holds back an unfinished line.
func (w *worker) holds(s *Stream) {
	if s.held() == 0 {
		s.heldAt = time.Time{} // settle forgets it
		return
	}
	if s.heldAt.IsZero() {
		s.heldAt = w.now
	}
	if !s.half {
		s.half = true
		if w.halves = append(w.halves, s); w.look.IsZero() {
			w.look = w.now.Add(silence)
		}
	}
}

// held is how much of an unfinished line is held back.
func (s *Stream) held() (n int) {
	for _, t := range s.targets {
		n = max(n, t.waiting())
	}
	return n
}

// due is when the unfinished line that is held back is shown.
func (s *Stream) due() time.Time {
	wait := silence
	for _, t := range s.targets {
		if f, ok := t.(*fileTarget); ok && f.file.users.Load() > 1 {
			wait = silenceShared
		}
	}
	quiet, longest := s.lastRead.Add(wait), s.heldAt.Add(5*wait)
	if longest.Before(quiet) {
		return longest
	}
	return quiet
}

// settle shows unfinished lines whose time has come.
func (w *worker) settle() {
	if w.look.IsZero() || w.now.Before(w.look) {
		return
	}
	w.look = time.Time{}
	w.halves = slices.DeleteFunc(w.halves, func(s *Stream) bool {
		w.mu.Lock()
		there := w.streams[s.id] == s
		if there {
			w.current = s
		}
		w.mu.Unlock()
		if !there {
			return true
		}
		defer w.leave()
		s.half = !s.heldAt.IsZero() && w.now.Before(s.due())
		if s.half {
			if due := s.due(); w.look.IsZero() || due.Before(w.look) {
				w.look = due
			}
			return false
		}
		if s.heldAt.IsZero() {
			return true
		}
		w.safely(s, func() {
			for _, t := range s.targets {
				t.settle()
			}
		})
		s.heldAt = time.Time{}
		return true
	})
}
