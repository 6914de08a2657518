package rpc

import (
	"cmp"
	"context"
	"slices"
	"time"

	"entrypoint/supervisor/control"
	"entrypoint/supervisor/gateway/ask"
	"entrypoint/supervisor/gateway/xmlrpc"
)

// answerTime is how long an answer may take that nothing has to be waited for.
const answerTime = 10 * time.Second

// do asks for what is known at once.
func (s *server) do(ctx context.Context, r *control.Request) (answers []*control.Answer, err error) {
	ctx, cancel := ask.Within(ctx, answerTime)
	defer cancel()
	err = s.asker.Do(ctx, r, func(a *control.Answer) error { answers = append(answers, a); return nil })
	return answers, err
}

func (s *server) info(ctx context.Context) (*control.Info, error) {
	answers, err := s.do(ctx, &control.Request{Do: control.DoInfo})
	if err == nil && (len(answers) == 0 || answers[0].Info == nil) {
		err = newFault(failed, "no answer")
	}
	if err != nil {
		return nil, err
	}
	return answers[0].Info, nil
}

// running refuses what supervisord refuses while it stops.
func (s *server) running(ctx context.Context) error {
	info, err := s.info(ctx)
	if err == nil && info.State != "RUNNING" {
		err = newFault(shutdownState, "")
	}
	return err
}

// programs are all of them, by group and name.
func (s *server) programs(ctx context.Context) ([]*control.Program, error) {
	list, err := s.byPriority(ctx)
	slices.SortStableFunc(list, func(a, b *control.Program) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Name, b.Name))
	})
	return list, err
}

// byPriority are all of them, in the order in which they start.
func (s *server) byPriority(ctx context.Context) (list []*control.Program, err error) {
	answers, err := s.do(ctx, &control.Request{Do: control.DoStatus})
	for _, a := range answers {
		if a.Program != nil {
			list = append(list, a.Program)
		}
	}
	return list, err
}

// program finds one process.
func (s *server) program(ctx context.Context, name string) (*control.Program, error) {
	list, err := s.programs(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if n := control.ParseNamespec(name); !n.WholeGroup() && n.Is(p.Group, p.Name) {
			return p, nil
		}
	}
	return nil, newFault(badName, name)
}

// members are the processes of a group that exists, in the order in which they start.
func (s *server) members(ctx context.Context, group, said string) (list []*control.Program, err error) {
	all, err := s.byPriority(ctx)
	for _, p := range all {
		if p.Group == group {
			list = append(list, p)
		}
	}
	if err == nil && len(list) == 0 {
		err = newFault(badName, said)
	}
	return list, err
}

// act carries out an action on processes and returns the protocol's results in the
// order in which they come.
func (s *server) act(ctx context.Context, r *control.Request, list []*control.Program) (results []*control.Result, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	for _, p := range list {
		r.Names = append(r.Names, p.FullName)
	}
	err = s.asker.Do(ctx, r, func(a *control.Answer) error {
		if a.Result != nil {
			results = append(results, a.Result)
		}
		return nil
	})
	return results, err
}

// actOne is act upon one process, whose bad result is a fault.
func (s *server) actOne(ctx context.Context, r *control.Request, p *control.Program, said string) (any, error) {
	results, err := s.act(ctx, r, []*control.Program{p})
	if err != nil {
		return nil, faultOf(err, said)
	}
	for _, result := range results {
		if result.Status != control.OK {
			extra := said
			switch {
			case result.SpawnErr != "":
				extra = result.SpawnErr
			case codes[result.Status] == failed || result.Status == control.NoFile:
				extra = result.Text
			}
			return nil, newFault(cmp.Or(codes[result.Status], failed), extra)
		}
	}
	return true, nil
}

// actAll is act upon many, as supervisord's array of structs.
func (s *server) actAll(ctx context.Context, r *control.Request, list []*control.Program) (any, error) {
	results, err := s.act(ctx, r, list)
	if err != nil {
		return nil, err
	}
	// In the order of the processes, whoever was the first to be done.
	place := map[string]int{}
	for i, p := range list {
		place[namespec(p.Group, p.Name)] = i
	}
	slices.SortStableFunc(results, func(a, b *control.Result) int {
		return cmp.Compare(place[namespec(a.Group, a.Name)], place[namespec(b.Group, b.Name)])
	})
	array := []any{}
	for _, result := range results {
		array = append(array, resultStruct(result.Name, result.Group, result.Status, result.SpawnErr, result.Text))
	}
	return array, nil
}

func resultStruct(name, group, status, spawned, text string) xmlrpc.Struct {
	code := cmp.Or(codes[status], failed)
	description := "OK"
	if code != success {
		description = newFault(code, namespec(group, name)).Error()
		if code == failed && text != "" {
			description = newFault(code, text).Error()
		} else if spawned != "" {
			description = newFault(code, spawned).Error()
		}
	}
	return xmlrpc.Struct{{Name: "name", Value: name}, {Name: "group", Value: group}, {Name: "status", Value: code}, {Name: "description", Value: description}}
}

func namespec(group, name string) string {
	if group == name {
		return name
	}
	return group + ":" + name
}
