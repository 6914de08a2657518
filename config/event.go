package config

import "entrypoint/config/vocabulary"

// eventTypes are the event types of supervisord, each with its parent and its help. The
// table is never written.
var eventTypes = [...]struct{ name, parent, help string }{
	{"EVENT", "", "All events."},
	{"PROCESS_STATE", "EVENT", "A process has changed its state."},
	{"PROCESS_STATE_STOPPED", "PROCESS_STATE", "It has ended after a request to stop."},
	{"PROCESS_STATE_STARTING", "PROCESS_STATE", "It is being started."},
	{"PROCESS_STATE_RUNNING", "PROCESS_STATE", "Its start has succeeded: it has been up for `startsecs`."},
	{"PROCESS_STATE_BACKOFF", "PROCESS_STATE", "Its start has failed, and is tried again after a wait."},
	{"PROCESS_STATE_STOPPING", "PROCESS_STATE", "It has been asked to stop."},
	{"PROCESS_STATE_EXITED", "PROCESS_STATE", "It has ended by itself; the payload says whether with an expected exit code."},
	{"PROCESS_STATE_FATAL", "PROCESS_STATE", "It cannot be started, or crashes too often, and is given up."},
	{"PROCESS_STATE_UNKNOWN", "PROCESS_STATE", "Nobody knows its state. entry-point never sends that."},
	{"PROCESS_LOG", "EVENT", "A process has printed something, and its program has `stdout_events_enabled` or `stderr_events_enabled`."},
	{"PROCESS_LOG_STDOUT", "PROCESS_LOG", "The same on stdout."},
	{"PROCESS_LOG_STDERR", "PROCESS_LOG", "The same on stderr."},
	{"PROCESS_COMMUNICATION", "EVENT", "A process has printed something between supervisord's marks, and its program has `stdout_capture_maxbytes` or `stderr_capture_maxbytes`."},
	{"PROCESS_COMMUNICATION_STDOUT", "PROCESS_COMMUNICATION", "The same on stdout."},
	{"PROCESS_COMMUNICATION_STDERR", "PROCESS_COMMUNICATION", "The same on stderr."},
	{"REMOTE_COMMUNICATION", "EVENT", "A client has called `supervisor.sendRemoteCommEvent` by XML-RPC."},
	{"SUPERVISOR_STATE_CHANGE", "EVENT", "entry-point itself has changed its state."},
	{"SUPERVISOR_STATE_CHANGE_RUNNING", "SUPERVISOR_STATE_CHANGE", "It has started, or starts all programs anew."},
	{"SUPERVISOR_STATE_CHANGE_STOPPING", "SUPERVISOR_STATE_CHANGE", "It stops."},
	{"TICK", "EVENT", "Time has passed."},
	{"TICK_5", "TICK", "Every 5 seconds."},
	{"TICK_60", "TICK", "Every minute."},
	{"TICK_3600", "TICK", "Every hour."},
	{"PROCESS_GROUP", "EVENT", "A group of programs has come or gone."},
	{"PROCESS_GROUP_ADDED", "PROCESS_GROUP", "A group has been added, by an update of the configuration or by a client."},
	{"PROCESS_GROUP_REMOVED", "PROCESS_GROUP", "A group has been removed."},
}

// EventParent returns the type above an event type: who subscribes to that one
// gets this one as well. The parent of "EVENT" is "". It reports whether there is
// such a type.
func EventParent(name string) (parent string, ok bool) {
	for i := range eventTypes {
		if eventTypes[i].name == name {
			return eventTypes[i].parent, true
		}
	}
	return "", false
}

// eventWords are the event types for readers.
func eventWords() []vocabulary.Word {
	words := make([]vocabulary.Word, len(eventTypes))
	for i := range eventTypes {
		words[i].Name, words[i].Help = eventTypes[i].name, eventTypes[i].help
	}
	return words
}
