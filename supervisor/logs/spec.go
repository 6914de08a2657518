package logs

// Format is how what programs print looks in the container's own output.
type Format int

// The values of log_format=.
const (
	Plain  Format = iota // as printed
	Raw                  // as printed, and not by us: programs get the descriptor
	Prefix               // "name | line"
	JSON                 // one object a line
)

// Kind is the kind of place that output goes to.
type Kind int

// The kinds of target.
const (
	Stdout Kind = iota // the container's stdout, in its format
	Stderr             // the container's stderr, in its format
	File               // Path, with rotation
	Auto               // a file in Dir with a name of its own, with rotation
	Syslog             // the local syslog, or Path "udp:HOST:PORT" or "tcp:HOST:PORT"
)

// Target is one place that output goes to.
type Target struct {
	Kind Kind
	Path string // of File; of Syslog, "" for the local one

	MaxBytes int64 // size at which a file is rotated; 0 or less: never
	Backups  int   // rotated files that are kept, as Path.1, Path.2 ...

	Dir, Identifier string // of Auto: NAME-stdout---IDENTIFIER-RANDOM.log in Dir
}

// Spec is one output stream of one process.
type Spec struct {
	Program string   // its full name: before lines in format Prefix, "program" in JSON
	Stream  string   // "stdout" or "stderr"
	Targets []Target // none: it is thrown away

	// Capture is the size of the buffer of capture mode, in bytes; 0: off.
	// Captured is given what was printed between the two tags, on a goroutine
	// of the pump; data is valid during the call.
	Capture  int64
	Captured func(data []byte)

	// Chunk is given what goes to the targets, as read, on a goroutine of the
	// pump; data is valid during the call. It must not block.
	Chunk func(data []byte)

	StripANSI bool // escape sequences of terminals are removed

	// UID is the user that the process becomes, or -1: he must be able to open
	// /dev/stdout, which is the inode behind the descriptor.
	UID int
}

// shortName is a program's name without its group.
func (s *Spec) shortName() string {
	for i := len(s.Program) - 1; i >= 0; i-- {
		if s.Program[i] == ':' {
			return s.Program[i+1:]
		}
	}
	return s.Program
}
