package control

// Handler carries requests out: the supervisor's loop.
type Handler interface {
	// Handle begins to carry out a request and returns at once. Answers come by
	// reply, from any goroutine, and reply never blocks; the last one is Done or
	// has an Error. cancel, which may be nil and called more than once, says that
	// nobody listens any more; it returns at once, too. An answer longer than
	// MaxAnswer is lost. An answer and what it points to, but for its Error, is the
	// server's from then on.
	Handle(r *Request, reply func(*Answer)) (cancel func())
}
