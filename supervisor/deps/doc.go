// Package deps is the graph of depends_on: in which order programs start, who waits
// for whom and why, and who needs whom. It is pure: it starts nothing, and sees the
// programs as numbers and values.
//
// A graph is built once for each configuration that is in force, in time that grows
// with the number of programs and of their dependencies (O(V+E)); so does each
// question to it. Nothing here recurses: a chain of dependencies may be as long as
// the configuration.
//
// What a program needs has at most the rank of the program itself, whatever its own
// priority says: a rank is raised to the highest of what its program needs. So the
// order of ranks never contradicts the dependencies.
//
// The configuration refuses programs that wait for each other. While it is read
// again, however, a program keeps its old dependencies until it is at rest, and its
// old ones may form a circle with the new ones of others for that moment. The
// dependency that would close the circle is left out of the graph then, so that
// nothing waits for itself.
package deps
