// Package page is the web page: every program with its state and why, its use of
// the machine, its log, the setup of this start, and what has happened.
//
// The HTML is made here, so that it can be read without scripts. The script that
// comes with it (page.js) asks for the same page again when an event tells it to,
// and takes over what has changed; it has no templates of its own. Log, usage and
// actions go through /v1.
//
// The paths of supervisord's page are answered: index.html with action,
// processname and message, tail.html, ok.html; logtail and mainlogtail are the
// package rpc's. There an action is a GET, which any page of anybody can make a
// browser send. Here it asks for confirmation, and is carried out by POST.
//
// What programs print may hold anything: html/template escapes it, the script sets
// text and never HTML, and control characters are shown as pictures.
package page
