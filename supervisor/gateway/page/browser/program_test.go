package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestProgram: one program beside the list, with its address, log and charts.
func TestProgram(t *testing.T) {
	s := serve(t, "")
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.url))
	b.await(isLive)
	b.do(chromedp.Click(`[data-name=web] th a`, chromedp.ByQuery))
	b.await(`location.search === "?program=web" && document.getElementById("log-text")?.textContent.includes("started \u241b[31m<i>red</i>\u241b[0m")`)
	if n := eval[int](b, `document.querySelectorAll("#log-text i").length`); n != 0 {
		t.Error("what a program prints has become HTML")
	}
	for i := range 3 {
		s.print(fmt.Sprintf("2026-01-02 03:04:0%d ERROR needle %d", i, i))
		s.print(fmt.Sprintf("hay %d", i))
	}
	b.await(textOf("log-text") + `.includes("hay 2") && document.querySelectorAll("#log-text .l3").length === 3`)
	b.press("f")
	b.do(chromedp.SendKeys("#log-search", "NEEDLE", chromedp.ByQuery))
	b.await(`[...document.querySelectorAll("#log-text div:not([hidden])")].length === 3 && document.querySelectorAll("#log-text mark").length === 3`)
	s.print("needle 3")
	b.await(`document.querySelectorAll("#log-text mark").length === 4 && ` + textOf("log-count") + `.startsWith("4 of ")`)
	b.press(kb.Escape)
	b.do(chromedp.Evaluate(`{ const l = document.getElementById("log-level"); l.value = "3"; l.dispatchEvent(new Event("change")) }`, nil))
	b.await(textOf("log-count") + `.startsWith("3 of ")`)
	b.do(chromedp.Click("#log-pause", chromedp.ByQuery))
	s.print("later")
	b.await(textOf("log-count") + ` === "paused, 1 more"`)
	b.do(chromedp.Click("#log-pause", chromedp.ByQuery), chromedp.Evaluate(`document.getElementById("log-time").value = "03:04:01"; jump()`, nil))
	b.await(`document.querySelector("#log-text .here")?.textContent.includes("needle 1")`)
	b.await(`document.querySelectorAll("#charts svg[role=img]").length === 2 && document.getElementById("charts").textContent.includes("Measured since ")`)
	text := eval[string](b, `document.getElementById("program").textContent`)
	for _, part := range []string{"DB_PASSWORD", "exec:true", "supervisord.conf:", "default", "Values are never shown"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q about web", part)
		}
	}
	if strings.Contains(text, "hush") {
		t.Error("a secret is shown")
	}
	b.shoot("program")

	// What happens to it is taken over, and the log goes on.
	s.kill(s.pid("web"), syscall.SIGKILL)
	b.await(textOf("verdicts") + `.includes("SIGKILL") && ` + textOf("now") + `.includes("restarts: 1 in the last hour")`)

	// Back, and by the address.
	b.do(chromedp.Evaluate("history.back()", nil))
	b.await(`!document.getElementById("program") && location.search === ""`)
	b.do(chromedp.Navigate(s.url + "/?program=bad"))
	b.await(isLive + ` && ` + textOf("now") + `.includes("exit code 3")`)
	b.do(chromedp.Click("#actions button[value=start]", chromedp.ByQuery))
	b.await(textOf("message") + `.startsWith("bad: cannot start: ")`)
	b.expect("409 (Conflict)")
	b.quiet()
}

// TestFastLog: of a program that prints as fast as it can the newest lines are shown, and
// the page stays usable.
func TestFastLog(t *testing.T) {
	s := serve(t, "[program:fast]\nstdout_logfile = %(here)s/fast.log\nstdout_logfile_maxbytes = 1MB\ncommand = sh -c \"n=0; while :; do n=$((n+1)); echo line $n; done\"\nstartsecs = 0\n")
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.url+"/?program=fast"))
	b.await(isLive + ` && document.querySelectorAll("#log-text div").length === 2000`)
	b.do(chromedp.Evaluate(`window.longest = 0; { let last = performance.now(); const tick = () => { const now = performance.now(); longest = Math.max(longest, now - last); last = now; window.ticks = (window.ticks || 0) + 1; requestAnimationFrame(tick) }; requestAnimationFrame(tick) }`, nil))
	b.await(`window.ticks > 60`)
	t.Logf("the longest frame took %d ms", eval[int](b, `Math.round(longest)`))
	b.do(chromedp.Click("#log-pause", chromedp.ByQuery))
	b.await(textOf("log-count") + `.startsWith("paused, ")`)
	// Though nothing happens, memory and CPU of the container and of the program are asked again.
	b.await(`["/part.html?name=fast", "/program.html?program=fast"].every((path) => performance.getEntriesByType("resource").some((e) => e.name.endsWith(path)))`)
	b.quiet()
}

// TestPast: a time is found in a log that is longer than what is shown of it, as are the
// lines that hold a text; from there it goes on to what is new. Days before are in files
// that were rotated.
func TestPast(t *testing.T) {
	file, now := filepath.Join(t.TempDir(), "old.log"), time.Now()
	for name, hours := range map[string][2]time.Duration{"": {20, 1}, ".1": {44, 20}, ".2": {68, 44}} {
		lines := []byte(nil)
		for ago := hours[0] * time.Hour; ago > hours[1]*time.Hour; ago -= 4 * time.Second {
			lines = fmt.Appendf(lines, "%s GET /item/%d\n", now.Add(-ago).UTC().Format("[02/Jan/2006:15:04:05 -0700]"), int(ago.Seconds()))
		}
		if err := os.WriteFile(file+name, lines, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, "[program:old]\nstdout_logfile = "+file+"\ncommand = sh -c \"date -Iseconds; exec sleep 1000\"\nstartsecs = 0\n")
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.url+"/?program=old"))
	b.await(isLive + ` && ` + textOf("log-count") + ` === "1 line"`)
	b.do(chromedp.Evaluate(`document.getElementById("log-time").value = new Date(`+fmt.Sprint(now.Add(-8*time.Hour).UnixMilli())+`).toTimeString().slice(0, 8); jump()`, nil))
	b.await(`document.querySelector("#log-text .here")?.textContent.endsWith("GET /item/28800") && ` + textOf("log-count") + `.endsWith(", of the past")`)
	for _, ago := range []time.Duration{30 * time.Hour, 67 * time.Hour, 44*time.Hour - 40*time.Second, 44*time.Hour + 40*time.Second, 2 * time.Hour} {
		b.do(chromedp.Evaluate(`{ const d = new Date(`+fmt.Sprint(now.Add(-ago).UnixMilli())+`); document.getElementById("log-day").value = d.toLocaleDateString("sv"); document.getElementById("log-time").value = d.toTimeString().slice(0, 8); jump() }`, nil))
		b.await(`document.querySelector("#log-text .here")?.textContent.endsWith("GET /item/` + fmt.Sprint(int(ago.Seconds())) + `")`)
		if around := eval[int](b, `[...document.querySelectorAll("#log-text div")].findIndex((d) => d.matches(".here"))`); around < 200 {
			t.Errorf("%v ago: %d lines before it", ago, around)
		}
	}
	b.do(chromedp.Evaluate(`document.getElementById("log-pause").click()`, nil))
	b.await(textOf("log-count") + ` === "1 line"`)
	b.do(chromedp.Evaluate(`{ const s = document.getElementById("log-search"); s.value = "item/3604"; s.dispatchEvent(new Event("input")) }`, nil))
	b.await(`!document.getElementById("log-all").hidden`)
	var found string
	b.do(chromedp.Click("#log-all", chromedp.ByQuery), chromedp.WaitVisible("pre", chromedp.ByQuery), chromedp.Text("pre", &found, chromedp.ByQuery))
	if !strings.Contains(found, "GET /item/3604\n") {
		t.Errorf("all of the log has %q", found)
	}
	b.quiet()
}

// TestPassword: the page lives where the address has a password in it.
func TestPassword(t *testing.T) {
	s := serve(t, "username = u\npassword = p\n")
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(strings.Replace(s.url, "//", "//u:p@", 1)))
	b.await(isLive)
	b.do(chromedp.Click(`[data-name=web] th a`, chromedp.ByQuery))
	b.await(`document.getElementById("log-text")?.textContent.includes("started")`)
	b.do(chromedp.Click("#actions button[value=restart]", chromedp.ByQuery))
	b.await(textOf("message") + ` === "web: restarted"`)
	b.quiet()
}
