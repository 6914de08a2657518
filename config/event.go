package config

// eventTypes are the event types of supervisord, each with its parent. It is
// never written.
var eventTypes = [...][2]string{
	{"EVENT", ""},
	{"PROCESS_STATE", "EVENT"},
	{"PROCESS_STATE_STOPPED", "PROCESS_STATE"},
	{"PROCESS_STATE_STARTING", "PROCESS_STATE"},
	{"PROCESS_STATE_RUNNING", "PROCESS_STATE"},
	{"PROCESS_STATE_BACKOFF", "PROCESS_STATE"},
	{"PROCESS_STATE_STOPPING", "PROCESS_STATE"},
	{"PROCESS_STATE_EXITED", "PROCESS_STATE"},
	{"PROCESS_STATE_FATAL", "PROCESS_STATE"},
	{"PROCESS_STATE_UNKNOWN", "PROCESS_STATE"},
	{"PROCESS_LOG", "EVENT"},
	{"PROCESS_LOG_STDOUT", "PROCESS_LOG"},
	{"PROCESS_LOG_STDERR", "PROCESS_LOG"},
	{"PROCESS_COMMUNICATION", "EVENT"},
	{"PROCESS_COMMUNICATION_STDOUT", "PROCESS_COMMUNICATION"},
	{"PROCESS_COMMUNICATION_STDERR", "PROCESS_COMMUNICATION"},
	{"REMOTE_COMMUNICATION", "EVENT"},
	{"SUPERVISOR_STATE_CHANGE", "EVENT"},
	{"SUPERVISOR_STATE_CHANGE_RUNNING", "SUPERVISOR_STATE_CHANGE"},
	{"SUPERVISOR_STATE_CHANGE_STOPPING", "SUPERVISOR_STATE_CHANGE"},
	{"TICK", "EVENT"},
	{"TICK_5", "TICK"},
	{"TICK_60", "TICK"},
	{"TICK_3600", "TICK"},
	{"PROCESS_GROUP", "EVENT"},
	{"PROCESS_GROUP_ADDED", "PROCESS_GROUP"},
	{"PROCESS_GROUP_REMOVED", "PROCESS_GROUP"},
}

// EventParent returns the type above an event type: who subscribes to that one
// gets this one as well. The parent of "EVENT" is "". It reports whether there is
// such a type.
func EventParent(name string) (parent string, ok bool) {
	for i := range eventTypes {
		if eventTypes[i][0] == name {
			return eventTypes[i][1], true
		}
	}
	return "", false
}
