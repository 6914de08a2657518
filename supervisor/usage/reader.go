package usage

import (
	"os"
	"sync"

	"entrypoint/supervisor/offload"
)

// Reader reads /proc beside whoever asks, for one at a time: two walks at once would cost
// twice as much and say the same.
type Reader struct {
	mu sync.Mutex
}

// Read reads what processes use, and we ourselves, as Of does. tell is called from another
// goroutine; it gets nothing where /proc cannot be read now.
func (r *Reader) Read(files *offload.Pool, pids []int, tell func(map[int]Usage)) {
	go func() {
		var used map[int]Usage
		r.mu.Lock()
		_ = files.Run("read /proc", func() { used = Of(os.Getpid(), pids) })
		r.mu.Unlock()
		tell(used)
	}()
}
