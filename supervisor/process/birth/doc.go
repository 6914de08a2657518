// Package birth knows what the kernel gave this process before the Go runtime
// changed it.
//
// The syscall package raises the soft limit of descriptors to the hard one when
// it is initialised, and tells nobody what it was; only its own fork gives it
// back to the children. Packages are initialised in the order of their import
// paths as far as their imports allow (Go specification, Package
// initialization), so this one imports nothing, not even syscall, and comes
// before. TestSetLimits of process holds it to that.
package birth
