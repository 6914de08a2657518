package help

import (
	_ "embed" // the topics
	"strings"
)

// The files of the topics. They are never written.
var (
	//go:embed topics/modes.md
	modesText string
	//go:embed topics/configuration.md
	configurationText string
	//go:embed topics/keys.md
	keysText string
	//go:embed topics/entrypoint.md
	entrypointText string
	//go:embed topics/supervisord.md
	supervisordText string
	//go:embed topics/profiles.md
	profilesText string
	//go:embed topics/probes.md
	probesText string
	//go:embed topics/restarts.md
	restartsText string
	//go:embed topics/reload.md
	reloadText string
	//go:embed topics/oneshots.md
	oneshotsText string
	//go:embed topics/logs.md
	logsText string
	//go:embed topics/events.md
	eventsText string
	//go:embed topics/sockets.md
	socketsText string
	//go:embed topics/setup.md
	setupText string
	//go:embed topics/templates.md
	templatesText string
	//go:embed topics/secrets.md
	secretsText string
	//go:embed topics/require.md
	requireText string
	//go:embed topics/sizing.md
	sizingText string
	//go:embed topics/wait.md
	waitText string
	//go:embed topics/prelude.md
	preludeText string
	//go:embed topics/ownership.md
	ownershipText string
	//go:embed topics/hooks.md
	hooksText string
	//go:embed topics/launch.md
	launchText string
	//go:embed topics/stop.md
	stopText string
	//go:embed topics/end.md
	endText string
	//go:embed topics/signals.md
	signalsText string
	//go:embed topics/exit-codes.md
	exitCodesText string
	//go:embed topics/control.md
	controlText string
	//go:embed topics/http.md
	httpText string
	//go:embed topics/environment.md
	environmentText string
	//go:embed topics/orchestrators.md
	orchestratorsText string
)

// Topic is a text about one subject.
type Topic struct {
	Name string `json:"name"`
	// Page is the section of the manual where it stands: 1 or 5.
	Page int `json:"-"`
	// Title says what it is about, as a heading.
	Title string `json:"title"`
	Text  string `json:"text"` // in the Markdown of markup.go, behind the title
}

// order are all topics, in the order in which somebody new would read them, each with
// its manual page. It is never written.
var order = [...]struct {
	name string
	page int
	text *string
}{
	{"modes", 1, &modesText},
	{"configuration", 5, &configurationText},
	{"keys", 5, &keysText},
	{"entrypoint", 5, &entrypointText},
	{"supervisord", 5, &supervisordText},
	{"profiles", 5, &profilesText},
	{"probes", 5, &probesText},
	{"restarts", 5, &restartsText},
	{"reload", 5, &reloadText},
	{"oneshots", 5, &oneshotsText},
	{"logs", 5, &logsText},
	{"events", 5, &eventsText},
	{"sockets", 5, &socketsText},
	{"prelude", 1, &preludeText},
	{"setup", 1, &setupText},
	{"secrets", 1, &secretsText},
	{"require", 1, &requireText},
	{"sizing", 1, &sizingText},
	{"templates", 1, &templatesText},
	{"wait", 1, &waitText},
	{"ownership", 1, &ownershipText},
	{"hooks", 1, &hooksText},
	{"launch", 1, &launchText},
	{"stop", 1, &stopText},
	{"end", 1, &endText},
	{"signals", 1, &signalsText},
	{"exit-codes", 1, &exitCodesText},
	{"control", 1, &controlText},
	{"http", 1, &httpText},
	{"environment", 1, &environmentText},
	{"orchestrators", 1, &orchestratorsText},
}

// topics reads all topics.
func topics() []Topic {
	list := make([]Topic, 0, len(order))
	for _, o := range order {
		title, rest, _ := strings.Cut(*o.text, "\n")
		list = append(list, Topic{o.name, o.page, strings.TrimPrefix(title, "# "), strings.Trim(rest, "\n")})
	}
	return list
}
