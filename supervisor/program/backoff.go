package program

import "time"

// Timing of what the configuration has no key for.
const (
	// Stable is how long a program must have been up for its earlier ends to
	// be forgotten.
	Stable = 10 * time.Second
	// firstDelay is the wait before a next start, which doubles from one end
	// to the next, up to restart_max_delay.
	firstDelay = time.Second
	maxDelay   = time.Minute // where the configuration gives no other
	// killAgain is when SIGKILL is sent again: to members of the group that
	// were forked while it was sent the first time.
	killAgain = time.Second
	// firstTry is the wait before a start for which the container had no room is
	// tried again. It doubles up to lastTry: such a moment is often over at once,
	// and no attempt costs much.
	firstTry = 100 * time.Millisecond
	lastTry  = 5 * time.Second
)

// backoff waits before the next start, twice as long each time; times is 0 for
// none. A wait of nothing is a start at once.
func backoff(p *Program, now time.Time, times int) Action {
	limit := p.Config.RestartMax
	if limit <= 0 {
		limit = maxDelay
	}
	wait := delay(times, limit)
	wait, p.Seed = spread(wait, limit, p.Seed)
	wait = max(wait, p.Config.RestartPause)
	if wait == 0 {
		return begin(p)
	}
	p.State, p.PID = Backoff, 0
	p.Deadline = now.Add(wait)
	return Action{}
}

// postpone waits until the container may have room for the process. It is no
// failure: the program has not been tried.
func postpone(p *Program, now time.Time) Action {
	wait := lastTry
	if p.Delays < 6 {
		wait = min(firstTry<<p.Delays, lastTry)
	}
	wait, p.Seed = jitter(wait, p.Seed)
	p.Delays++
	p.Deadline = now.Add(wait)
	return Action{}
}

func delay(times int, limit time.Duration) time.Duration {
	if times == 0 {
		return 0
	}
	wait := firstDelay
	for range times - 1 {
		if wait >= limit {
			break
		}
		wait *= 2
	}
	return min(wait, limit)
}

// spread makes a wait up to a quarter longer, so that programs that died of one
// cause do not all come back in one moment. No wait is longer than the limit: there
// they come up to a quarter earlier, but never before the first delay, which is
// supervisord's.
func spread(wait, limit time.Duration, seed uint64) (time.Duration, uint64) {
	high := min(wait+wait/4, limit)
	low := min(wait, max(high-wait/4, min(firstDelay, wait)))
	return between(low, high, seed)
}

// jitter takes up to a quarter off a wait.
func jitter(wait time.Duration, seed uint64) (time.Duration, uint64) {
	return between(wait-wait/4, wait, seed)
}

// between is a duration between two. The seed makes it a function: the next number
// of the sequence is in the program's state (splitmix64, Steele, Lea and Flood, 2014).
func between(low, high time.Duration, seed uint64) (time.Duration, uint64) {
	if low == high {
		return low, seed
	}
	seed += 0x9e3779b97f4a7c15
	z := seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return low + time.Duration(z%uint64(high-low+1)), seed
}
