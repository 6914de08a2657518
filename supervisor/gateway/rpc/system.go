package rpc

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"entrypoint/supervisor/gateway/route"
	"entrypoint/supervisor/gateway/xmlrpc"
)

// systemMethods are those of the namespace system, by their whole names.
func systemMethods() map[string]method {
	return map[string]method{
		"system.listMethods":     {returns: "array", help: "Names of all methods.", run: listMethods},
		"system.methodHelp":      {kinds: kinds("string"), least: 1, returns: "string", help: "What a method does.", run: methodHelp},
		"system.methodSignature": {kinds: kinds("string"), least: 1, returns: "array", help: "Types of what a method returns and takes.", run: methodSignature},
		"system.multicall":       {kinds: kinds("array"), least: 1, returns: "array", help: "Several calls, one after the other.", run: (*server).multicall},
	}
}

func lookup(name string) (method, bool) {
	if m, ok := systemMethods()[name]; ok {
		return m, true
	}
	short, ok := strings.CutPrefix(name, "supervisor.")
	if !ok {
		return method{}, false
	}
	m, ok := supervisorMethods()[short]
	return m, ok
}

func listMethods(*server, context.Context, []any) (any, error) {
	names := slices.Collect(maps.Keys(systemMethods()))
	for name := range supervisorMethods() {
		names = append(names, "supervisor."+name)
	}
	slices.Sort(names)
	list := []any{}
	for _, name := range names {
		list = append(list, name)
	}
	return list, nil
}

func methodHelp(_ *server, _ context.Context, p []any) (any, error) {
	m, ok := lookup(p[0].(string))
	if !ok {
		return nil, newFault(signatureUnknown, "")
	}
	return m.help, nil
}

func methodSignature(_ *server, _ context.Context, p []any) (any, error) {
	m, ok := lookup(p[0].(string))
	if !ok {
		return nil, newFault(signatureUnknown, "")
	}
	list := []any{m.returns}
	for _, kind := range m.kinds {
		if kind == "signal" {
			kind = "string"
		}
		list = append(list, kind)
	}
	return list, nil
}

// multicall answers with the bare results, as supervisord does.
func (s *server) multicall(ctx context.Context, p []any) (any, error) {
	calls, ok := p[0].([]any)
	if !ok {
		return nil, newFault(incorrectParams, "")
	}
	results := []any{}
	for _, c := range calls {
		call, _ := c.(map[string]any)
		name, _ := call["methodName"].(string)
		params, _ := call["params"].([]any)
		var v any
		err := error(newFault(incorrectParams, "No methodName"))
		switch name {
		case "":
		case "system.multicall":
			err = newFault(incorrectParams, "Recursive system.multicall forbidden")
		default:
			if v, err = s.call(ctx, name, params); errors.Is(err, route.ErrReader) {
				return nil, err // nothing has been changed by what came before it
			}
		}
		if err != nil {
			f := faultOf(err, "")
			v = xmlrpc.FaultStruct(f.code, f.Error())
		}
		results = append(results, v)
	}
	return results, context.Cause(ctx)
}
