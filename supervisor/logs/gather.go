package logs

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"entrypoint/supervisor/threads"
)

// Most programs write line by line, unbuffered. To wake up for each line costs us,
// and the program, which has to wake us, more than all the rest. So the first line
// after a silence is read at once, and a stream of lines at intervals: it is taken out
// of epoll, so that a write wakes nobody, and looked at when a part of its pipe is
// full, or soon. Of a line that comes alone nothing is held up.
const (
	quick    = 500 * time.Microsecond // between two reads of a stream of lines
	little   = 1 << 14                // what such a read brings, at most
	enough   = 3                      // such reads make a stream of lines
	linePipe = 1 << 18                // the pipe of one, so that its writer need not wait

	shortNap = 50 * time.Microsecond
	firstNap = 200 * time.Microsecond
	longNap  = 600 * time.Microsecond
	cold     = time.Millisecond // without a line
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

// alarm is the number of the timer among those of streams, which are not negative.
const alarm = -1

// heat begins to read a stream at intervals. A descriptor tells when one is over: the
// runtime's own timers know no shorter time than a millisecond.
func (l *lane) heat(s *Stream) {
	if l.timer == 0 {
		timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
		if err == nil {
			err = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, timer, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: alarm})
		}
		if err != nil { // no descriptor is free
			if timer > 0 {
				threads.Close(timer)
			}
			return
		}
		l.timer = timer
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, s.fd, nil) != nil {
		return
	}
	s.hot, s.small = true, 0
	s.grow(linePipe)
	if l.hot = append(l.hot, s); len(l.hot) == 1 {
		l.nap = firstNap
		threads.SetTimer(l.timer, l.nap)
	}
}

// cool ends that. Where the kernel has no memory to watch the pipe, it goes on.
func (l *lane) cool(s *Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.hot && unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, s.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: s.id}) == nil {
		s.hot = false
	}
}

// gather reads the hot streams, and finds the interval at which their pipes are a
// quarter to a half full. A stream that has fallen silent is hot no longer, nor is one
// that fills its pipe in no time: it does not write line by line.
func (l *lane) gather() {
	full := 0 // the fullest pipe, in parts of 256
	for _, s := range l.hot {
		l.mu.Lock()
		there := s.hot && l.streams[s.id] == s
		if there {
			l.current = s
		}
		l.mu.Unlock()
		if !there {
			continue
		}
		n, more := l.take(s)
		if n > 0 {
			s.lastRead = l.now
		}
		filled := n * 256 / s.capacity
		full = max(full, filled)
		switch {
		case !more:
			l.end(s)
		case l.now.Sub(s.lastRead) > cold, filled > 192 && l.nap == shortNap:
			l.cool(s)
		}
		l.leave()
	}
	l.mu.Lock()
	l.hot = slices.DeleteFunc(l.hot, func(s *Stream) bool { return !s.hot || l.streams[s.id] != s })
	l.mu.Unlock()
	switch {
	case full > 128:
		l.nap = max(shortNap, l.nap/2)
	case full < 64:
		l.nap = min(longNap, l.nap+l.nap/4)
	}
	if len(l.hot) == 0 {
		l.nap = 0 // disarms it
	}
	threads.SetTimer(l.timer, l.nap)
}

// What there is of a line is shown when nothing has come for a while, and when it has
// come in small parts for five times as long: a prompt, a progress bar. In a file that
// has several writers another's line would cut it in two: there it takes longer.
const (
	silence       = 200 * time.Millisecond
	silenceShared = 2 * time.Second
)

// holds notes whether s holds back an unfinished line.
func (l *lane) holds(s *Stream) {
	if s.held() == 0 {
		s.heldAt = time.Time{} // settle forgets it
		return
	}
	if s.heldAt.IsZero() {
		s.heldAt = l.now
	}
	if !s.half {
		s.half = true
		if l.halves = append(l.halves, s); l.look.IsZero() {
			l.look = l.now.Add(silence)
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

// due is when what is held back of a line is shown.
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
func (l *lane) settle() {
	if l.look.IsZero() || l.now.Before(l.look) {
		return
	}
	l.look = time.Time{}
	l.halves = slices.DeleteFunc(l.halves, func(s *Stream) bool {
		l.mu.Lock()
		there := l.streams[s.id] == s
		if there {
			l.current = s
		}
		l.mu.Unlock()
		if !there {
			return true
		}
		defer l.leave()
		s.half = !s.heldAt.IsZero() && l.now.Before(s.due())
		if s.half {
			if due := s.due(); l.look.IsZero() || due.Before(l.look) {
				l.look = due
			}
			return false
		}
		if s.heldAt.IsZero() {
			return true
		}
		l.safely(s, func() {
			for _, t := range s.targets {
				t.settle()
			}
		})
		s.heldAt = time.Time{}
		return true
	})
}
