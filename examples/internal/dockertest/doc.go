// Package dockertest runs containers for tests, through the docker command: the
// tests say what a user types, and see what a user sees.
//
// Everything that it makes carries the label entry-point.test and is removed at
// the end of its test; nothing else is touched. Images are named by the hash of
// what they are built from, so an unchanged one is built once, not once a run.
//
// A test without a Docker engine is skipped with the reason; where CI=true it
// fails, because there a missing engine means that nothing was tested.
package dockertest
