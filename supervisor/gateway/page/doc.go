// Package page is the web page: how the container is in one line, every program in a line
// of its own with the sick ones first, one program beside the list with all that is known
// of it, the start and a time line.
//
// All of it is in the JSON API as well (/v1): status, usage, samples, container, detail,
// events, logs.
//
// The HTML is made here (html), so that it can be read, and acted by, without scripts. The
// script that comes with it (script, joined by joined) follows events, asks for the rows of
// the programs that they are about (/part.html) and takes over what has changed; it has no
// templates of its own but for a menu, a question and charts. Log, usage and actions go
// through /v1. Its addresses begin with the origin, since fetch refuses those that have a
// password in them, as the page's own may.
//
//	html     page.html is the frame; head, list and program are its parts, each told alone
//	         by part.html and one.html
//	style    base, head, list, program
//	start.js loads the script when the page has been painted
//	script   base, live (what has changed), list, actions, program, log, jump (in it), keys
//
// The style and start.js stand in the page, which a browser so can paint after one answer;
// the policy names both by their hash. The head and the sick programs are painted first, the
// others and the time line a frame later, by an animation of style (later): those are most
// of the work. Without scripts, where the page is loaded again and again, all come at once.
// BenchmarkFirstPaint (browser) has the numbers.
//
// The paths of supervisord's page are answered: index.html with action,
// processname and message, tail.html, ok.html; logtail and mainlogtail are the
// package rpc's. There an action is a GET, which any page of anybody can make a
// browser send. Here it asks for confirmation, with the number of programs where there
// may be several, and is carried out by POST.
//
// What programs print may hold anything: html/template escapes it, the script sets
// text and never HTML, and control characters are shown as pictures. Values of the
// environment are nowhere, and what looks like a secret in a setting is *** (package
// setting).
package page
