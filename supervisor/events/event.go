package events

import (
	"strconv"
	"unicode/utf8"
)

// The types of events that are made. A pool may subscribe to each of them or to a
// parent (config.EventParent).
const (
	// The prefix of PROCESS_STATE_STARTING and so on: ProcessState adds the state.
	stateType = "PROCESS_STATE_"

	LogStdout           = "PROCESS_LOG_STDOUT"
	LogStderr           = "PROCESS_LOG_STDERR"
	CommStdout          = "PROCESS_COMMUNICATION_STDOUT"
	CommStderr          = "PROCESS_COMMUNICATION_STDERR"
	RemoteComm          = "REMOTE_COMMUNICATION"
	SupervisorRunning   = "SUPERVISOR_STATE_CHANGE_RUNNING"
	SupervisorStopping  = "SUPERVISOR_STATE_CHANGE_STOPPING"
	Tick5               = "TICK_5"
	Tick60              = "TICK_60"
	Tick3600            = "TICK_3600"
	ProcessGroupAdded   = "PROCESS_GROUP_ADDED"
	ProcessGroupRemoved = "PROCESS_GROUP_REMOVED"
)

// MaxLogData is how many bytes of output one PROCESS_LOG event carries at most:
// pools keep whole events, and a payload may be 4 times as long as its data.
const MaxLogData = 64 << 10

// Event is one thing that happened, a value. Its payload is fixed when it is made.
type Event struct {
	Type    string // such as "PROCESS_STATE_RUNNING"
	Process string // the process that it is about; "": none
	Group   string // the group that it is about; "": none
	Payload string // ASCII, as listeners get it
}

// StateDetail is what a PROCESS_STATE event says besides names and states.
type StateDetail struct {
	Tries    int  // STARTING, BACKOFF: starts that failed in a row so far
	PID      int  // RUNNING, STOPPING, STOPPED, EXITED: of the process; 0: none
	Expected bool // EXITED: its exit code is one of exitcodes
}

// ProcessState is the event of a process that entered state, coming from another
// one, both as supervisord names them ("RUNNING").
func ProcessState(state, process, group, from string, d StateDetail) Event {
	b := appendNames(nil, process, group)
	b = append(append(b, " from_state:"...), from...)
	switch state {
	case "STARTING", "BACKOFF":
		b = appendNumber(b, " tries:", int64(d.Tries))
	case "RUNNING", "STOPPING", "STOPPED":
		b = appendNumber(b, " pid:", int64(d.PID))
	case "EXITED":
		expected := int64(0)
		if d.Expected {
			expected = 1
		}
		b = appendNumber(b, " expected:", expected)
		b = appendNumber(b, " pid:", int64(d.PID))
	}
	return Event{stateType + state, process, group, string(b)}
}

// ProcessLog is what a process has printed on "stdout" or "stderr", as the events
// that this makes: more than one if data is longer than MaxLogData. Lines are not
// looked at. Characters are kept whole within data; a reader that cuts one in two
// makes both parts undecodable.
func ProcessLog(stream, process, group string, pid int, data []byte) []Event {
	name := LogStdout
	if stream == "stderr" {
		name = LogStderr
	}
	head := appendNames(nil, process, group)
	head = appendNumber(head, " pid:", int64(pid))
	head = append(append(append(head, " channel:"...), stream...), '\n')
	var list []Event
	for len(data) > 0 {
		n := cut(data, MaxLogData)
		payload := appendText(head[:len(head):len(head)], data[:n])
		list = append(list, Event{name, process, group, string(payload)})
		data = data[n:]
	}
	return list
}

// cut is how much of data to take so that it is at most limit bytes and ends with
// a whole character.
func cut(data []byte, limit int) int {
	if len(data) <= limit {
		return len(data)
	}
	for n := limit; n > limit-utf8.UTFMax; n-- {
		if utf8.RuneStart(data[n]) {
			return n
		}
	}
	return limit // no UTF-8
}

// ProcessCommunication is what a process has printed on a stream in capture mode,
// between the two tokens.
func ProcessCommunication(stream, process, group string, pid int, data []byte) Event {
	name := CommStdout
	if stream == "stderr" {
		name = CommStderr
	}
	b := appendNames(nil, process, group)
	b = append(appendNumber(b, " pid:", int64(pid)), '\n')
	return Event{name, process, group, string(appendText(b, data))}
}

// RemoteCommunication is what a client has sent with sendRemoteCommEvent.
func RemoteCommunication(kind, data string) Event {
	b := appendText([]byte("type:"), []byte(kind))
	b = appendText(append(b, '\n'), []byte(data))
	return Event{Type: RemoteComm, Payload: string(b)}
}

// SupervisorState says that the supervisor itself is up, or begins to stop.
func SupervisorState(running bool) Event {
	if running {
		return Event{Type: SupervisorRunning}
	}
	return Event{Type: SupervisorStopping}
}

// GroupAdded says that a group has been added, at the start or by a reload.
func GroupAdded(group string) Event { return groupEvent(ProcessGroupAdded, group) }

// GroupRemoved says that a reload has removed a group.
func GroupRemoved(group string) Event { return groupEvent(ProcessGroupRemoved, group) }

func groupEvent(name, group string) Event {
	b := appendText([]byte("groupname:"), []byte(group))
	return Event{Type: name, Group: group, Payload: string(append(b, '\n'))}
}

// tickEvent says that a new slice of time has begun, at this second of the epoch.
func tickEvent(name string, slice int64) Event {
	return Event{Type: name, Payload: string(appendNumber(nil, "when:", slice))}
}

func appendNames(b []byte, process, group string) []byte {
	b = appendText(append(b, "processname:"...), []byte(process))
	return appendText(append(b, " groupname:"...), []byte(group))
}

func appendNumber(b []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(b, key...), n, 10)
}
