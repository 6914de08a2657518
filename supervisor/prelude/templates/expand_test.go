package templates

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// given is an environment, as lookup.
func given(env ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, kv := range env {
			if v, ok := strings.CutPrefix(kv, name+"="); ok && name != "" {
				return v, true
			}
		}
		return "", false
	}
}

func TestExpand(t *testing.T) {
	env := given("A=a", "B=b }", "EMPTY=", "PASSWORD=very-secret", "X1=${A}")
	for _, c := range []struct {
		in, out string
		wrong   string
	}{
		{"", "", ""},
		{"$host $A ${host} $$ $5", "$host $A ${host} $$ $5", ""},
		{"${A}${A}", "aa", ""},
		{"<${B}>", "<b }>", ""},
		{"${X1}", "${A}", ""}, // a value is no template
		{"${EMPTY}.", ".", ""},
		{"${A:-x}${EMPTY:-x}${NONE:-x}", "axx", ""},
		{"${A:+x}${EMPTY:+x}${NONE:+x}.", "x.", ""},
		{"${A:?x}", "a", ""},
		{"\n${NONE:?set it}", "\n", "line 2: NONE: set it"},
		{"${EMPTY:?}", "", "line 1: EMPTY: it is not set, or empty"},
		{"${NONE:?${PASSWORD}}", "", "line 1: NONE: ${PASSWORD}"},
		{"${A:+${NONE:?x}}", "", "line 1: NONE: x"},
		{"${A:-${NONE:?x}}", "a", ""}, // not asked for
		{"${NONE:-${EMPTY:-${A}}}", "a", ""},
		{"${NONE:-${host}}", "${host}", ""},
		{"${NONE:-a$b}", "a$b", ""},
		{`${NONE:-{"k": 1\}}`, `{"k": 1}`, ""},
		{`${NONE:-a\\}b\}`, `a\b\}`, ""},
		{`\} \\ \${A}`, `\} \\ \a`, ""},
		{"$${A} $$A $$${A}", "${A} $$A $${A}", ""},
		{"${NONE:-$${A}}", "${A}", ""},
		{"${NONE:-two\nlines}", "two\nlines", ""},
		{"${} ${1} ${a.b} ${A.b} ${A/b/c} ${env:A} ${A-b} ${A?b:c} ${a b}", "${} ${1} ${a.b} ${A.b} ${A/b/c} ${env:A} ${A-b} ${A?b:c} ${a b}", ""},
		{"${A", "${A", `line 1: ${A has no "}"`},
		{"${A\n}", "${A\n}", `line 1: ${A has no "}"`},
		{"${host", "${host", ""},
		{"x\n${A:-x\n", "x\na", `line 2: ${A:- has no "}"`},
		{"${A:=x}", "a", "line 1: ${A:=...} sets nothing here; write ${A:-...}"},
		{"${NONE:?a} ${NONE:?b}\n${EMPTY:?c}", " \n", "line 1: NONE: a; line 1: NONE: b; line 2: EMPTY: c"},
	} {
		got := Expand(c.in, env)
		if got.Out != c.out || strings.Join(got.Wrong, "; ") != c.wrong {
			t.Errorf("%q: %q, wrong: %q; want %q, %q", c.in, got.Out, got.Wrong, c.out, c.wrong)
		}
	}
	got := Expand("${A} ${host} ${EMPTY:-${A}} ${host} ${B:+x} ${NONE:-1}", env)
	if !slices.Equal(got.Used, []string{"A", "EMPTY", "B"}) || !slices.Equal(got.Left, []string{"host"}) {
		t.Errorf("used %q, left %q", got.Used, got.Left)
	}
	deep := strings.Repeat("${N:-", 10000) + strings.Repeat("}", 10000)
	if got := Expand(deep, env); len(got.Wrong) != 1 || !strings.Contains(got.Wrong[0], "too many") {
		t.Errorf("deep: %q", got.Wrong)
	}
	if got := Expand(strings.Repeat("${A}", 1<<15), given("A="+strings.Repeat("a", 1000))); len(got.Out) > limit+1000 {
		t.Errorf("%d bytes", len(got.Out))
	}
}

func TestSubstitute(t *testing.T) {
	env := given("A=a", "A_B=ab", "EMPTY=", "X=$A")
	for in, want := range map[string]string{
		"$A ${A} $A_B $AB $A.b":       "a a ab $AB a.b",
		"$host ${host} $ ${ $$ $1":    "$host ${host} $ ${ $$ $1",
		"$$A ${A:-x} ${A ${A\n} $":    "$a ${A:-x} ${A ${A\n} $",
		"$X":                          "$A",
		"$EMPTY|${EMPTY}":             "|",
		"proxy_pass http://$A:$port;": "proxy_pass http://a:$port;",
	} {
		if got := Substitute(in, env); got.Out != want {
			t.Errorf("%q: %q, want %q", in, got.Out, want)
		}
	}
}

// FuzzExpand: there is no panic, no mistake has a value in it, and what has no variable
// stays as it is.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"${A}", "${A:-${B:+x}}", "$${A}", `${N:-\}\\}`, "${N:?why}", "server { listen ${PORT}; server_name $host; }", "${A", "${A:=", "${a.b}"} {
		f.Add(seed, "value")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		env := given("A="+value+"~secret~", "B=", "PORT=80")
		got := Expand(text, env)
		if !strings.Contains(text, "${") && got.Out != text {
			t.Fatalf("%q has become %q", text, got.Out)
		}
		for _, wrong := range got.Wrong {
			if strings.Contains(wrong, "~secret~") && !strings.Contains(text, "~secret~") {
				t.Fatal(wrong)
			}
		}
		if again := Expand(text, env); again.Out != got.Out {
			t.Fatal("another time it is another text")
		}
		Substitute(text, env)
	})
}

func TestFilter(t *testing.T) {
	names := []string{"", "NGINX_PORT", "NGINX_HOST", "PATH", "MY_NGINX_X", "a.b", "AAA", "x-y", "[", "]", "A1"}
	for _, expression := range []string{
		"", "^NGINX_", "PORT$", "^(NGINX_|PATH$)", "A+$", "^A*$", "^A?A?A?$", "[0-9]", "[^A-Z_]", "^[A-Z_]+$", "a\\.b", ".", "^$", "(a|b|)+$",
		"^(A*)*$", "(^A|X$)", "[]]", "[a-]", "N.*X", "(((A)))", "x-y", "A|", "|", "()", "A**", "^N?G?", "[[]",
	} {
		f, err := parseFilter(expression)
		if err != nil {
			t.Error(err)
			continue
		}
		re := regexp.MustCompile(strings.NewReplacer("A**", "(A*)*", "[[]", `\[`).Replace(expression))
		for _, name := range names {
			if got, want := f.Matches(name), re.MatchString(name); got != want {
				t.Errorf("%q of %q: %v, want %v", name, expression, got, want)
			}
		}
	}
	for _, expression := range []string{"*", "(", ")", "a)", "[", "[a", "A{2}", "[[:alpha:]]", `\w`, `[\]]`, "+a", strings.Repeat("(", 100)} {
		if f, err := parseFilter(expression); err == nil {
			t.Errorf("%q: %+v", expression, f)
		}
	}
	f, err := parseFilter("^(a*)*(a|aa)+b$") // no expression takes long
	if err != nil || f.Matches(strings.Repeat("a", 300)) {
		t.Error(err)
	}
}

// FuzzFilter: the expressions that both know mean what they mean to package regexp.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"^NGINX_", "(A|B)*$", "[^a-z]", "a\\.b?", "A{1,2}", "[z-a]"} {
		f.Add(seed, "NGINX_A")
	}
	f.Fuzz(func(t *testing.T, expression, name string) {
		got, err := parseFilter(expression)
		if err != nil || len(name) > 100 || len(expression) > 100 {
			return
		}
		matches := got.Matches(name)
		ascii := func(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0 }
		re, err := regexp.CompilePOSIX(expression)
		if err == nil && ascii(expression) && ascii(name) && !strings.ContainsAny(expression, "{&~") && matches != re.MatchString(name) {
			t.Fatalf("%q of %q: %v", name, expression, matches)
		}
	})
}
