package supervisor

import "sync"

// inbox is the one way by which other goroutines reach the loop: what they post
// runs in it, in order.
type inbox struct {
	wake func()

	mu    sync.Mutex
	posts []func()
}

// post lets the loop run f soon. Any goroutine may call it; it never blocks.
func (b *inbox) post(f func()) {
	b.mu.Lock()
	b.posts = append(b.posts, f)
	b.mu.Unlock()
	b.wake()
}

// receive runs what has been posted, and settled after each.
func (b *inbox) receive(settled func()) {
	b.mu.Lock()
	posts := b.posts
	b.posts = nil
	b.mu.Unlock()
	for _, f := range posts {
		f()
		settled()
	}
}
