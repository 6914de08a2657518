package threads

// Gate lets a limited number of goroutines do something that may wait in a
// system call; the others wait without a thread. The nil Gate lets all pass.
type Gate chan struct{}

// NewGate returns a Gate that n can have passed at the same time.
func NewGate(n int) Gate { return make(Gate, n) }

// Enter waits for a place. Leave gives it back.
func (g Gate) Enter() {
	if g != nil {
		g <- struct{}{}
	}
}

// Leave ends what Enter began.
func (g Gate) Leave() {
	if g != nil {
		<-g
	}
}
