// Package recycle replaces processes that have become too large or too old
// (max_memory, max_lifetime) while they do their work: one program at a time, and only
// while everything else is ready.
//
// A program that can reload gets new workers by a reload, and loses no request. If that
// has not helped, or the program cannot reload, it is stopped gracefully and started
// again. Memory is looked at every ten seconds, and only where a program has
// max_memory.
package recycle
