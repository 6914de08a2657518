// Package shortage tells what has gone wrong because a resource of the container or
// of the machine is used up: processes, memory, descriptors. Whoever meets that has
// done nothing wrong and may try again, since others give these resources back;
// everything else that a system call can say is somebody's mistake, and remains one
// however often it is tried.
//
// A Ledger keeps the shortages of the container that go on, so that each is told once, and
// once more when it is over.
package shortage
