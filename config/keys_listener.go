package config

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"entrypoint/config/nearest"
)

func setEvents(b *build, _ setting, t text) error {
	names := make([]string, 0, len(eventTypes))
	for i := range eventTypes {
		names = append(names, eventTypes[i][0])
	}
	var events []string
	for _, item := range t.list() {
		name := strings.ToUpper(item)
		if _, ok := EventParent(name); !ok {
			return errors.New("there is no event type " + strconv.Quote(item) + nearest.Hint(name, names))
		}
		if !slices.Contains(events, name) {
			events = append(events, name)
		}
	}
	b.p.Pool.Events = events
	return nil
}

func setBufferSize(b *build, _ setting, t text) (err error) {
	b.p.Pool.BufferSize, err = parseInt(t.s, 1, math.MaxInt32)
	return err
}

// setResultHandler accepts supervisord's own: another one is Python code.
func setResultHandler(b *build, k setting, t text) error {
	if t.s != "supervisor.dispatchers:default_handler" {
		b.warn(k, "not supported: the result of a listener is read as OK or FAIL")
	}
	return nil
}
