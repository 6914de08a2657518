package threadless

// Launches is what a thread of process 1 is called that launches a command and
// supervises nothing. Everybody may read the names of threads, and of nothing else that
// an entry-point could write without a directory for it.
const Launches = "launches"

// Places are where the control socket may be, with NUL between them, the best one first.
const Places = "/run/entry-point.sock\x00/tmp/entry-point.sock\x00/dev/shm/entry-point.sock"

// What ctl health prints where an entry-point launches a command; JSON with --json.
const (
	Healthy     = "healthy: no programs are supervised here, entry-point launches a command\n"
	HealthyJSON = `{"ready":true,"waiting":[]}` + "\n"
)
