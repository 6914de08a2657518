package control

import "strconv"

// Operation is what a request asks for. Its name exists in the protocol only: whoever
// writes a request in Go writes one of the constants, and no text converts to one.
type Operation int8

// The operations. What each takes and answers is in doc.go.
const (
	DoNothing Operation = iota // the request does not say what to do
	DoInfo
	DoStatus
	DoUsage
	DoConfig
	DoStart
	DoStop
	DoRestart
	DoSignal
	DoStdin
	DoClear
	DoLogs
	DoRead
	DoEvents
	DoReread
	DoReload
	DoUpdate
	DoAdd
	DoRemove
	DoRenew
	DoRemoteEvent
	DoShutdown
	DoHealth
	DoDetail
	DoCtl
)

// operations is the one table of them: the name in the protocol, and whether somebody
// may ask for it who may only read, such as a scraper or a dashboard. It is never
// written.
var operations = [...]struct {
	name  string
	reads bool
}{
	DoInfo:        {"info", true},
	DoStatus:      {"status", true},
	DoUsage:       {"usage", true},
	DoConfig:      {"config", false}, // a command line may hold a password
	DoStart:       {"start", false},
	DoStop:        {"stop", false},
	DoRestart:     {"restart", false},
	DoSignal:      {"signal", false},
	DoStdin:       {"stdin", false},
	DoClear:       {"clear", false},
	DoLogs:        {"logs", false}, // a log may hold what users have sent
	DoRead:        {"read", false}, // likewise
	DoEvents:      {"events", true},
	DoReread:      {"reread", false}, // it decides what "add" and "remove" are about
	DoReload:      {"reload", false},
	DoUpdate:      {"update", false},
	DoAdd:         {"add", false},
	DoRemove:      {"remove", false},
	DoRenew:       {"renew", false},
	DoRemoteEvent: {"remote-event", false}, // event listeners may act upon it
	DoShutdown:    {"shutdown", false},
	DoHealth:      {"health", true},
	DoDetail:      {"detail", false}, // a command line may hold a password
	DoCtl:         {"ctl", false},    // it can be any of them
}

// String is the operation's name.
func (o Operation) String() string {
	if o < 0 || int(o) >= len(operations) {
		return "operation " + strconv.Itoa(int(o))
	}
	return operations[o].name
}

// Reads says whether the operation only tells how things are, and nothing that may be
// secret.
func (o Operation) Reads() bool { return o > 0 && int(o) < len(operations) && operations[o].reads }

// MarshalText is that of encoding.TextMarshaler.
func (o Operation) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText is that of encoding.TextUnmarshaler.
func (o *Operation) UnmarshalText(text []byte) error {
	known, ok := OperationOf(string(text))
	if !ok {
		return badRequest("unknown request " + quote(string(text)))
	}
	*o = known
	return nil
}

// OperationOf is the operation with a name; "" is DoNothing.
func OperationOf(name string) (Operation, bool) {
	for i := range operations {
		if operations[i].name == name {
			return Operation(i), true
		}
	}
	return DoNothing, false
}
