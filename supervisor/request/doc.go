// Package request answers the requests of the control protocol.
//
// A request comes from any goroutine (Handle) and is answered in the loop, by the row of
// its operation in one table (request.go). Whoever answers sees programs as values
// (Program) and changes nothing: what is to happen to a program is a wish (part.Wish),
// which the loop grants after the request, and what concerns the container as a whole is
// asked for by a method of one of the interfaces in host.go. What takes long - files,
// /proc, the configuration - is read beside the loop, and answered from there.
//
// An action upon programs is answered when its outcome is known. A request that waits for
// that has a look at the program after each step of it (Desk.Look), and is told as soon as
// the look has an outcome. All looks of a request begin when all of its wishes have been
// granted: of two programs that are started together, the first is not said to wait for
// the second, which nobody has started.
//
// There is no snapshot for readers: an answer is made when somebody asks, so it costs
// nothing while nobody does.
package request
