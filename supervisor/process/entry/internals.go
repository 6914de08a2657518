//go:build internals && (amd64 || arm64)

package entry

// runtimeQueue is where the runtime's variable sig is.
func runtimeQueue() *queue
