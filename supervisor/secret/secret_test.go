package secret

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"entrypoint/supervisor/visible"
)

// listOf is a List with these values.
func listOf(values ...string) *List {
	l := &List{}
	l.Learn(values, nil)
	return l
}

// TestMask: a value is masked where it stands, in whatever form, and nothing else is.
func TestMask(t *testing.T) {
	const odd = "p\"a\\ß%41 w/+&<é\x1b>\n%s"
	quoted, _ := json.Marshal(odd)
	for _, c := range []struct{ value, text, want string }{
		{"", "nothing is masked", "nothing is masked"},
		{"hunter-two", "", ""},
		{"hunter-two", "hunter-two", "***"},
		{"hunter-two", "at the end hunter-two", "at the end ***"},
		{"hunter-two", "xhunter-twox hunter-two", "x***x ***"},
		{"hunter-two", "hunter-twohunter-two", "***"},
		{"hunter-two", "hunter-tw", "hunter-tw"},
		{" hunter-two\n", "hunter-two", "***"},
		{odd, "raw " + odd + ".", "raw ***."},
		{odd, "Go " + strconv.Quote(odd) + ".", `Go "***".`},
		{odd, "ASCII " + strconv.QuoteToASCII(odd) + ".", `ASCII "***".`},
		{odd, "JSON " + string(quoted) + ".", `JSON "***".`},
		{odd, "visible " + visible.Line(odd) + ".", "visible ***."},
		{odd, "query " + url.QueryEscape(odd) + ".", "query ***."},
		{odd, "path " + url.PathEscape(odd) + ".", "path ***."},
		{odd, "small " + strings.ToLower(url.PathEscape("x")) + strings.ReplaceAll(url.PathEscape(odd), "%C3", "%c3"), "small x***"},
		{`back\\slashes\n`, `raw back\\slashes\n and "back\\\\slashes\\n"`, `raw *** and "***"`},
		{"100%25sure", "100%25sure", "***"}, // it is no escape there
		{"hunter", "hunter-two is hunter; hunter2, my_hunter, hunters", "***-two is ***; hunter2, my_hunter, hunters"},
		{"hunter", `a%3Ahunter "\nhunter"`, `a%3A*** "\n***"`},
		{"abc", "abc", "abc"},
		{"true", "true", "true"},
		{"Auto", "Auto", "Auto"},
		{"8000", "port 8000", "port 8000"},
		{"48151", "48151", "48151"},
		{"481516", "pid 481516 and 1481516", "pid *** and 1481516"},
		{"ümläut1", "xümläut1 ümläut1", "x*** ***"},
	} {
		if got := listOf(c.value).Mask(c.text); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.value, c.text, got, c.want)
		}
	}
}

// TestMaskURL: the password of a URL is masked that nobody has named.
func TestMaskURL(t *testing.T) {
	for text, want := range map[string]string{
		`cannot connect to "postgres://app:ge%20heim@db/x", redis://:abc@r`: `cannot connect to "postgres://app:***@db/x", redis://:***@r`,
		"postgres://app:***@db/x":                             "postgres://app:***@db/x",
		"http://127.0.0.1:80/a@b unix:///run/x tcp://db:5432": "http://127.0.0.1:80/a@b unix:///run/x tcp://db:5432",
		"http://app@db/ http://app:@db/ ://":                  "http://app@db/ http://app:@db/ ://",
	} {
		if got := (&List{}).Mask(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestMaskSeveral: of values that overlap, nothing is left; one in another goes with it.
func TestMaskSeveral(t *testing.T) {
	l := listOf("abcdefgh", "efghijkl", "bcdefghijklmn", "0123456789", "234567", "abcdefgh")
	for text, want := range map[string]string{
		"abcdefgh":           "***",
		"-abcdefghijkl-":     "-***-",
		"-abcdefghijklmnO-":  "-***O-",
		"0123456789 234567":  "*** ***",
		"01234567":           "01234567",
		"abcdefgh0123456789": "***",
	} {
		if got := l.Mask(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestMaskCut: of a value that a long line was cut in, its begin is masked as well.
func TestMaskCut(t *testing.T) {
	l, long := listOf("hunter-two-three"), strings.Repeat("x ", 100)
	for text, want := range map[string]string{
		long + "hunter-two":            long + "***",
		long + "hunter-two-thre...":    long + "***...",
		long + "hunter-two; the next":  long + "***; the next",
		long + "hunter-two the next":   long + "hunter-two the next",
		long + "hunter-":               long + "hunter-",
		"it is cut nowhere hunter-two": "it is cut nowhere hunter-two",
	} {
		if got := l.Mask(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestLines: of a key in PEM each line is masked, but for those that all keys have.
func TestLines(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----\r\nMIIEvQIBADANBgkqhkiG\r\nshort\r\n9w0BAQEFAASCBKcwggSj\r\n-----END PRIVATE KEY-----\r\n"
	l := listOf(key)
	for text, want := range map[string]string{
		"line MIIEvQIBADANBgkqhkiG":   "line ***",
		"short":                       "short",
		"-----BEGIN PRIVATE KEY-----": "-----BEGIN PRIVATE KEY-----",
		"it said " + key:              "it said ***\r\n",
		strconv.Quote(key):            `"***\r\n"`,
	} {
		if got := l.Mask(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestLearn: old values stay, the last ones of them; the names of programs are none.
func TestLearn(t *testing.T) {
	l := listOf("first-value")
	l.Learn([]string{"postgres"}, nil)
	l.Learn([]string{"second-value", "postgres"}, func(v string) bool { return v == "postgres" })
	l.Learn(nil, nil)
	if got := l.Mask("first-value second-value postgres"); got != "*** *** postgres" {
		t.Error(got)
	}
	for i := range most {
		l.Learn([]string{"second-value", fmt.Sprint("another-", i)}, nil)
		if i == 10 {
			i = most - 3 // as many at once
			var many []string
			for j := 11; j < most; j++ {
				many = append(many, fmt.Sprint("another-", j))
			}
			l.Learn(many, nil)
			break
		}
	}
	l.Learn([]string{"a-newer-one"}, nil)
	if got := l.Mask("another-5 second-value another-9 a-newer-one"); got != "*** *** *** ***" {
		t.Error(got)
	}
	s := l.set.Load()
	if len(s.recent) != len(s.sorted) || len(s.recent) > most+1 || !slices.IsSorted(s.sorted) {
		t.Errorf("%d and %d values", len(s.recent), len(s.sorted))
	}
	if strings.Contains(strings.Join(s.recent, " "), "first-value") {
		t.Error("the oldest of too many is still there")
	}
}

// TestConcurrent: readers need no lock (run with -race).
func TestConcurrent(t *testing.T) {
	l, wg := &List{}, sync.WaitGroup{}
	for i := range 4 {
		wg.Go(func() { l.Learn([]string{fmt.Sprint("value-number-", i)}, nil) })
		wg.Go(func() { l.Mask("value-number-1") })
	}
	wg.Wait()
	if got := l.Mask("value-number-0 value-number-3"); got != "*** ***" {
		t.Error(got)
	}
}

// TestNothing: without a secret nothing is allocated.
func TestNothing(t *testing.T) {
	l := &List{}
	if n := testing.AllocsPerRun(10, func() { l.Mask("web: started") }); n != 0 {
		t.Error(n)
	}
	l.Learn([]string{"hunter-two"}, nil)
	if n := testing.AllocsPerRun(10, func() { l.Mask("web: started") }); n != 0 {
		t.Error(n)
	}
}

// TestOfEnvironment: which values are secrets.
func TestOfEnvironment(t *testing.T) {
	for entry, want := range map[string]string{
		"DB_PASSWORD=geheim":         "geheim",
		"DB_PASSWORD=/ge.heim":       "/ge.heim",
		"DB_USER=application":        "",
		"PWD=/srv/app":               "",
		"X=":                         "",
		"ENTRYPOINT_SECRETS=API_KEY": "",
		"TLS_KEY=/etc/tls/tls.key":   "",
		"TLS_KEY=/run/secrets/key":   "",
		"API_KEY=/9fR/8aXkLmNo=":     "/9fR/8aXkLmNo=",
		"DATABASE_URL=postgres://app:Geheim-Wort@db:5432/shop?sslmode=off": "Geheim-Wort",
		"ENTRYPOINT_WAIT_FOR=redis://:Geheim-Wort@r":                       "Geheim-Wort",
		"URL=mysql://app:p%40ss%3Aword@db/x":                               "p%40ss%3Aword p@ss:word",
		"URL=mysql://app:pa/ss@word@db/x":                                  "pa/ss@word",
		"URL=http://127.0.0.1:8080/image@2x.png":                           "",
		"URL=http://proxy:3128":                                            "",
		"URL=https://key@sentry.example/1":                                 "",
		"URLS=amqp://u:first-1@a,amqp://u:second-2@b":                      "first-1 second-2",
		"DSN=host=db user=app password='geheim' dbname=x":                  "geheim geheim",
		"DSN=Server=db;Database=x;Password=ge%20heim;Pooling=true":         "ge%20heim ge heim",
		"JDBC=jdbc:postgresql://db/x?user=app&password=geheim&ssl=true":    "geheim geheim",
	} {
		if got := strings.Join(OfEnvironment(nil, []string{entry}), " "); got != want {
			t.Errorf("%s: %q, want %q", entry, got, want)
		}
	}
	if got := OfText(nil, "app --db postgres://u:geheim@h/d --token=abcdef --port=80"); strings.Join(got, " ") != "geheim abcdef abcdef" {
		t.Errorf("%q", got)
	}
}

// FuzzMask: no text, however it is made of a value, is shown with it, and nothing breaks.
func FuzzMask(f *testing.F) {
	f.Add("geheimes wort", `a "%s" \x`, " %20")
	f.Add(`\\\%25%`, `\\`, `%`)
	f.Fuzz(func(t *testing.T, value, before, after string) {
		l := listOf(value)
		value = strings.Trim(value, " \t\r\n")
		if len(value) < plain || common(value) || strings.Contains(value, "*") {
			return
		}
		text := before + value + after + strconv.Quote(value) + url.QueryEscape(value)
		got := l.Mask(text)
		if strings.Contains(strings.ReplaceAll(got, Shown, ""), value) && !strings.Contains(before+after, value) {
			t.Errorf("%q is shown in %q", value, got)
		}
	})
}

// BenchmarkMask is a line of our log with twenty secrets.
func BenchmarkMask(b *testing.B) {
	l := &List{}
	for i := range 20 {
		l.Learn([]string{strings.Repeat(string(rune('a'+i)), 12)}, nil)
	}
	line := "web: exited with code 1 after 3 s: cannot connect to the database; last line: django.db.utils.OperationalError: timeout"
	for b.Loop() {
		l.Mask(line)
	}
}
