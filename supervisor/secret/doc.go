// Package secret knows the values that nobody is to read in what entry-point prints, and
// puts *** in their place. It has no list of its own: main owns one List and hands its
// Mask to everything that prints for us: our log, supervisord's journal, the control
// server (so to ctl, the API, the page and XML-RPC), the termination log, -t. What
// programs print themselves is theirs and goes out as it is, into the container's output,
// their log files, ctl logs and the PROCESS_LOG events of listeners.
//
// # What is a secret
//
//   - what the caller says is one: the content of an X_FILE, a password of the HTTP servers;
//   - the value of a variable whose name looks like one (environ.Secret), of environment=,
//     of envFiles and of the container's own environment;
//   - in every variable and every command: the password of a URL (scheme://user:PASSWORD@)
//     and the value of NAME=VALUE where NAME looks like one (?password=..., --token=...,
//     libpq's "host=db password=...").
//
// A line that quotes what others have printed may show a URL that nobody knows of: its
// password is masked by the form alone.
//
// A path is no secret where the name says KEY or CREDENTIALS, for such variables hold one
// as often as the key itself. The names of programs and groups are none either: lines
// about them would be unreadable, and would tell that the password is the name.
//
// # What is too short
//
// A value of less than 4 bytes is not masked, nor is one that stands in many lines by
// chance: true, false, none, null, auto, a number of less than 6 digits. One of 4 to 7
// bytes is masked where it stands alone, with neither letter nor digit nor "_" beside it;
// a longer one is masked everywhere. A value of several lines, such as a key in PEM, is
// masked as a whole, and each of its lines of 8 bytes and more by itself, but for
// "-----BEGIN ...-----".
//
// # In which forms
//
// A value is found as it is, in the escapes of JSON, Go and C (\" \n \x1b é), and
// percent-encoded, be it in part. Its begin is found where a long line was cut in the
// middle of it. It is not found in base64, in a hash, in parts (a client that prints half
// of it), nor in two such forms at once.
//
// Old values stay on the list when new ones come: they may still be in use, and printed.
package secret
