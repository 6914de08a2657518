// Package events is supervisord's event system: what happens in the supervisor
// becomes events, and event listeners ([eventlistener:x]) are told of those that
// they subscribed to.
//
// A Bus is a data structure of the loop. It reads no clock, starts nothing,
// blocks nowhere and holds no lock: the loop tells it what has happened
// (Publish, Started, Running, Received, Ended, Tick), and it answers by calling
// Options.Send and Options.Log before the call returns.
//
// Each pool has a queue. Its oldest event goes to the first process, in the order
// of the configuration, that is RUNNING and has said READY; that one is BUSY until
// it has sent a result. A listener that hangs keeps its one event and nothing
// else: the queue of its pool fills up to buffer_size, and from there on each new
// event drops the oldest. That is logged once, and once more with the number of
// dropped events when a listener has caught up.
//
// # Deliveries that fail
//
// An event that was rejected, or whose listener died or broke the protocol while
// BUSY, goes back to the queue of its own pool, before all younger ones, with its
// serials unchanged. supervisord puts it into every pool that has a process of the
// same priority, and turns the order of two such events around.
//
// The first redelivery is at once, as another process of the pool may take the
// event. A listener that rejects it again would, as in supervisord, be sent it
// again as fast as it can say READY, which keeps both of us busy for nothing. So
// from the second rejection in a row on, the event waits: 1 s, 2 s, 4 s, 8 s, then
// 10 s each time. It is not given up, and as the order of a pool is kept, nothing
// overtakes it.
//
// # Bytes and characters
//
// The header's len counts characters in supervisord. Listeners in Python 3 that
// read text (childutils does) need that; listeners that read bytes need the number
// of bytes. So a payload is made of ASCII only, where both agree:
//
//   - a character beyond ASCII is written as in JSON, \u00e9, and with two such
//     where 16 bits do not hold it: a payload that is JSON stays the same JSON;
//   - data that is no UTF-8 becomes supervisord's text for it, Undecodable: b'\xff'.
//
// # Other differences from supervisord
//
//   - A queue is looked at whenever something changes, not once per turn of the
//     loop: a burst of events does not overflow it while a listener is READY.
//   - A pool that subscribes to a type and to its parent gets an event once.
//   - What a listener prints is judged at its first wrong byte. "RESULT " is
//     compared, where supervisord skips any 7 bytes.
//   - A result line longer than 128 bytes is wrong, whatever follows.
//   - "RESULT 0" is complete with its newline, not only with the next byte.
//   - An event that nobody subscribed to uses up no serial number, as there; nor
//     does one that only Subscribe sees.
package events
