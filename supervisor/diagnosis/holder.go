package diagnosis

import (
	"strconv"
	"syscall"
	"time"

	"entrypoint/config"
	"entrypoint/supervisor/owner"
	"entrypoint/supervisor/verdict"
)

// SearchTime is how long the end of a process may wait for the search for the process that
// has its port.
const SearchTime = time.Second

// Search looks, beside the loop, for who has the address that a process wanted to listen
// on, as its last lines (f.Last) say it, and says whether it does so. It then calls found
// in the loop. c is the configuration of the program.
func (x *Examiner) Search(f *verdict.Facts, c *config.Program, now time.Time, found func()) bool {
	wanted, inUse := verdict.Wanted(f.Last)
	if _, port := c.Ready.TCP(); inUse && wanted == (verdict.Address{}) && c.Ready.Network() == "tcp" {
		wanted.Port = port
	}
	if f.Wanted = wanted; wanted == (verdict.Address{}) {
		return false
	}
	go func() {
		var holder owner.Holder
		_ = x.Files.Run("look for who listens", func() { holder = owner.Find(wanted, now.Add(SearchTime)) })
		x.Host.Post(func() {
			f.Holder = x.NameOf(holder)
			found()
		})
	}()
	return true
}

// NameOf says who has an address.
func (x *Examiner) NameOf(h owner.Holder) string {
	if h.Left {
		return "nobody: the file was left over"
	}
	group := 0
	if h.PID != 0 {
		if g, err := syscall.Getpgid(h.PID); err == nil {
			group = g
		}
	}
	program := x.Host.HolderOf(group, h.Sockets)
	if program != "" {
		program = "program " + program
	}
	if h.PID == 0 { // what it holds is hidden, but a probe may have found it
		return program
	}
	if program != "" {
		program = ", of " + program
	}
	return h.Name + " (process " + strconv.Itoa(h.PID) + program + ")"
}
