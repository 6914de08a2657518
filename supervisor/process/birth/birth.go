package birth

// Limit is struct rlimit64 (prlimit(2)).
type Limit struct{ Soft, Hard uint64 }

// inherited is written once, before any other code of the program runs.
var inherited = read()

// NoFile returns the limits of descriptors that we were started with; both are 0
// when the kernel would not tell.
func NoFile() Limit { return inherited }

func read() (l Limit) {
	if prlimit(&l) != 0 {
		return Limit{}
	}
	return l
}

// prlimit is prlimit(0, RLIMIT_NOFILE, NULL, old). It returns 0 or minus the
// error's number.
//
//go:noescape
func prlimit(old *Limit) int
