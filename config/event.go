package config

import "entrypoint/config/vocabulary"

// eventTypes are the event types of supervisord, each with its parent. The table is never
// written.
var eventTypes = [...]struct {
	word
	parent string
}{
	{word{Name: "EVENT", Help: "All events."}, ""},
	{word{Name: "PROCESS_STATE", Help: "A process has changed its state."}, "EVENT"},
	{word{Name: "PROCESS_STATE_STOPPED", Help: "It has ended after a request to stop."}, "PROCESS_STATE"},
	{word{Name: "PROCESS_STATE_STARTING", Help: "It is being started."}, "PROCESS_STATE"},
	{word{Name: "PROCESS_STATE_RUNNING", Help: "Its start has succeeded: it has been up for `startsecs`."}, "PROCESS_STATE"},
	{word{Name: "PROCESS_STATE_BACKOFF", Help: "Its start has failed, and is tried again after a wait."}, "PROCESS_STATE"},
	{word{Name: "PROCESS_STATE_STOPPING", Help: "It has been asked to stop."}, "PROCESS_STATE"},
	{word{Name: "PROCESS_STATE_EXITED", Help: "It has ended by itself; the payload says whether with an expected exit code."}, "PROCESS_STATE"},
	{word{Name: "PROCESS_STATE_FATAL", Help: "It cannot be started, or crashes too often, and is given up."}, "PROCESS_STATE"},
	{word{Name: "PROCESS_STATE_UNKNOWN", Help: "Nobody knows its state. entry-point never sends that."}, "PROCESS_STATE"},
	{word{Name: "PROCESS_LOG", Help: "A process has printed something, and its program has `stdout_events_enabled` or `stderr_events_enabled`."}, "EVENT"},
	{word{Name: "PROCESS_LOG_STDOUT", Help: "The same on stdout."}, "PROCESS_LOG"},
	{word{Name: "PROCESS_LOG_STDERR", Help: "The same on stderr."}, "PROCESS_LOG"},
	{word{Name: "PROCESS_COMMUNICATION", Help: "A process has printed something between supervisord's marks, and its program has `stdout_capture_maxbytes` or `stderr_capture_maxbytes`."}, "EVENT"},
	{word{Name: "PROCESS_COMMUNICATION_STDOUT", Help: "The same on stdout."}, "PROCESS_COMMUNICATION"},
	{word{Name: "PROCESS_COMMUNICATION_STDERR", Help: "The same on stderr."}, "PROCESS_COMMUNICATION"},
	{word{Name: "REMOTE_COMMUNICATION", Help: "A client has called `supervisor.sendRemoteCommEvent` by XML-RPC."}, "EVENT"},
	{word{Name: "SUPERVISOR_STATE_CHANGE", Help: "entry-point itself has changed its state."}, "EVENT"},
	{word{Name: "SUPERVISOR_STATE_CHANGE_RUNNING", Help: "It has started, or starts all programs anew."}, "SUPERVISOR_STATE_CHANGE"},
	{word{Name: "SUPERVISOR_STATE_CHANGE_STOPPING", Help: "It stops."}, "SUPERVISOR_STATE_CHANGE"},
	{word{Name: "TICK", Help: "Time has passed."}, "EVENT"},
	{word{Name: "TICK_5", Help: "Every 5 seconds."}, "TICK"},
	{word{Name: "TICK_60", Help: "Every minute."}, "TICK"},
	{word{Name: "TICK_3600", Help: "Every hour."}, "TICK"},
	{word{Name: "PROCESS_GROUP", Help: "A group of programs has come or gone."}, "EVENT"},
	{word{Name: "PROCESS_GROUP_ADDED", Help: "A group has been added, by an update of the configuration or by a client."}, "PROCESS_GROUP"},
	{word{Name: "PROCESS_GROUP_REMOVED", Help: "A group has been removed."}, "PROCESS_GROUP"},
}

// EventParent returns the type above an event type: who subscribes to that one
// gets this one as well. The parent of "EVENT" is "". It reports whether there is
// such a type.
func EventParent(name string) (parent string, ok bool) {
	for i := range eventTypes {
		if eventTypes[i].Name == name {
			return eventTypes[i].parent, true
		}
	}
	return "", false
}

// eventWords are the event types for readers.
func eventWords() vocabulary.Table {
	t := vocabulary.Table{Name: "events", Title: "Event types"}
	words := make([]word, 0, len(eventTypes))
	for i := range eventTypes {
		words = append(words, eventTypes[i].word)
	}
	t.Groups = []vocabulary.Group{{Words: words}}
	return t
}
