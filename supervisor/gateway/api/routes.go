package api

import (
	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/route"
)

// Why some rows are for operators only.
const (
	changes = "this changes what runs"
	private = "a log may hold what users have sent"
	written = "a command line may hold a password"
)

// Routes are the API's paths, each of which is described in openapi.json.
func (x *API) Routes() []route.Route {
	const (
		info, health, status, usage, events  = control.DoInfo, control.DoHealth, control.DoStatus, control.DoUsage, control.DoEvents
		start, stop, restart, reload, signal = control.DoStart, control.DoStop, control.DoRestart, control.DoReload, control.DoSignal
	)
	row := func(method, path string, may route.Right, why string, do action, asks ...control.Operation) route.Route {
		return route.Route{Method: method, Path: path, Do: asks, May: may, Why: why, Handler: x.answer(do)}
	}
	return []route.Route{
		row("GET", "/v1/openapi.json", route.Reader, "", describe),
		row("GET", "/v1/problems/{kind}", route.Reader, "", explain),
		row("GET", "/v1/info", route.Reader, "", x.info, info),
		row("GET", "/v1/health", route.Reader, "", x.health, health),
		row("GET", "/v1/usage", route.Reader, "", x.usage, usage),
		row("GET", "/v1/events", route.Reader, "", x.events, info, events),
		row("GET", "/v1/container", route.Reader, "", x.container),
		row("GET", "/v1/samples", route.Reader, "", x.usageSamples),
		row("GET", "/v1/programs", route.Reader, "", x.programs, status),
		row("GET", "/v1/programs/{name}", route.Reader, "", x.program, status),
		row("GET", "/v1/programs/{name}/detail", route.Operator, written, x.detail, status, control.DoDetail),
		row("GET", "/v1/programs/{name}/logs", route.Operator, private, x.logs, status, control.DoLogs, control.DoRead),
		row("POST", "/v1/programs/{name}/start", route.Operator, changes, x.act(start), status, start),
		row("POST", "/v1/programs/{name}/stop", route.Operator, changes, x.act(stop), status, stop),
		row("POST", "/v1/programs/{name}/restart", route.Operator, changes, x.act(restart), status, restart),
		row("POST", "/v1/programs/{name}/reload", route.Operator, changes, x.act(reload), status, reload),
		row("POST", "/v1/programs/{name}/signal", route.Operator, changes, x.act(signal), status, signal),
		row("POST", "/v1/actions", route.Operator, changes, x.actions, start, stop, restart, signal),
		row("", "/v1/", route.Reader, "", nothing), // what is at no other path
	}
}
