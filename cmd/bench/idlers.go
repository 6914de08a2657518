package main

// holders are programs that do nothing.
func (r *rig) holders(count int) []program { return equal(count, r.helper("child")+" hold", "") }

// idlers are the inits of both modes with programs that do nothing, ours and the
// peers, and how many programs each has: one in launch mode.
type idlers struct {
	launch, production           *contestant
	launchPeers, productionPeers []*contestant
	count                        map[*contestant]int
}

func (r *rig) idlers(programs []program) (*idlers, error) {
	i := &idlers{
		launch:      newContestant("ours", "", r.bin, r.helper("child"), "hold"),
		launchPeers: r.inits(r.helper("child"), "hold"),
	}
	var err error
	if i.production, i.productionPeers, err = r.supervisors(programs); err != nil {
		return nil, err
	}
	i.count = map[*contestant]int{i.launch: 1, i.production: len(programs)}
	for _, c := range i.launchPeers {
		i.count[c] = 1
	}
	for _, c := range i.productionPeers {
		i.count[c] = len(programs)
	}
	return i, nil
}
