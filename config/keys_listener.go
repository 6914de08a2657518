package config

import (
	"math"
	"slices"
	"strings"

	"entrypoint/config/nearest"
	"entrypoint/config/vocabulary"
)

// listenerKeys are those of [eventlistener:x]. The table is never written.
var listenerKeys = []programKey{
	{row{
		Name: "events", Type: vocabulary.List,
		Help:    "The types of events that the listener is told. A type stands for all types below it as well, `EVENT` for all that there are.",
		Example: "events = PROCESS_STATE_FATAL, TICK_60",
	}, inListener, forAll, setEvents},
	{row{
		Name: "buffer_size", Type: vocabulary.Integer, Default: "10",
		Help:    "How many events are kept for a listener that is busy. When there are more, the oldest one is dropped.",
		Example: "buffer_size = 100",
	}, inListener, forAll, setBufferSize},
	{row{
		Name: "result_handler", Type: vocabulary.Text, Default: "supervisor.dispatchers:default_handler",
		Help:    "Python code that looks at the results of a listener. Other code than supervisord's own is not run, and every result is OK then.",
		Example: "result_handler = supervisor.dispatchers:default_handler",
	}, inListener, forAll, setResultHandler},
}

func setEvents(b *build, _ setting, t *text) error {
	names := make([]string, 0, len(eventTypes))
	for i := range eventTypes {
		names = append(names, eventTypes[i].name)
	}
	var events []string
	for _, item := range t.list() {
		name := strings.ToUpper(item)
		if _, ok := EventParent(name); !ok {
			return quoting("there is no event type ", item, nearest.Hint(name, names))
		}
		if !slices.Contains(events, name) {
			events = append(events, name)
		}
	}
	b.p.Pool.Events = events
	return nil
}

func setBufferSize(b *build, _ setting, t *text) (err error) {
	b.p.Pool.BufferSize, err = parseInt(t.s, 1, math.MaxInt32)
	return err
}

// setResultHandler reads whose code looks at the results. Other code than supervisord's
// own is Python that it would load, and takes whatever text it likes.
func setResultHandler(b *build, k setting, t *text) error {
	switch handler := strings.TrimSpace(t.s); {
	case handler == "supervisor.dispatchers:default_handler":
	case strings.HasPrefix(handler, "supervisor_stdout:"):
		b.unneeded = true
		b.warn(k, "not supported, because it is code for supervisord, and not needed: log_format = prefix in [entrypoint], or ENTRYPOINT_LOG_FORMAT=prefix, ",
			"writes each line with its program's name; this listener is not started")
	default:
		b.p.Pool.AnyResult = true
		b.warn(k, "not supported, because it is code for supervisord: every result of this listener counts as OK")
	}
	return nil
}

// completeListener keeps a listener from being started that would only repeat what
// programs print. It gets no events, which would wait for it for ever.
func (b *build) completeListener() {
	if b.unneeded {
		b.p.Autostart, b.p.Pool.Events = false, nil
	}
}
