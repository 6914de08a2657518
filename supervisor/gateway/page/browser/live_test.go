package browser

import (
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const isLive = `document.getElementById("live").textContent === "live"`

// TestLive: what happens is shown without loading the page again, and told by title, icon
// and a flash; programs are acted upon by a menu.
func TestLive(t *testing.T) {
	s := serve(t, "")
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.url))
	b.await(isLive)
	b.await(row("bad", "y") + `.includes("given up exit code 3")`)
	b.await(textOf("health") + `.startsWith("4 of 6 ready") && document.title.startsWith("\u2715 4 of 6 ready")`)
	if first := eval[string](b, `document.querySelector("#programs tbody tr").dataset.name`); first != "bad" {
		t.Errorf("%s is first, and bad is given up", first)
	}
	b.do(chromedp.Evaluate(`window.same = true; window.flashed = []; new MutationObserver((all) => {
		for (const m of all) if (m.target.matches(".changed")) flashed.push(m.target.dataset.name);
	}).observe(document.getElementById("programs"), { attributes: true, attributeFilter: ["class"], subtree: true })`, nil))

	// It dies, and the page knows.
	s.kill(s.pid("web"), syscall.SIGKILL)
	b.await(`document.querySelector("[data-name=web]").dataset.restarts === "1" && flashed.includes("web") && ` + textOf("events") + `.includes("SIGKILL")`)

	// By the menu.
	menu := func(program, label string) {
		b.do(chromedp.Evaluate(`document.querySelector("[data-name='`+program+`'] .a a").click(); [...document.querySelectorAll("#menu button")].find((b) => b.firstChild.data === "`+label+`").click()`, nil))
	}
	before := s.pid("web")
	b.await(`document.querySelector("[data-name=web]").classList.contains("RUNNING")`)
	menu("web", "Restart")
	b.await(textOf("message") + ` === "web: restarted"`)
	if after := s.pid("web"); after == before {
		t.Errorf("pid %d before and after the restart", after)
	}
	b.await(`document.querySelector("[data-name=web]").dataset.restarts === "2" && document.querySelector("[data-name=web]").classList.contains("RUNNING")`)
	menu("web", "Reload")
	b.await(textOf("message") + ` === "web: reloaded"`)
	menu("later", "Start")
	b.await(`document.querySelector("[data-name=later]").classList.contains("RUNNING") && ` + textOf("message") + ` === "later: started"`)
	menu("bad", "Start")
	b.await(textOf("message") + `.startsWith("bad: cannot start: ")`)
	b.expect("409 (Conflict)")

	// What acts on many asks, and says how many.
	b.do(chromedp.Click(`.act[data-do=stopall]`, chromedp.ByQuery), chromedp.WaitVisible("dialog", chromedp.ByQuery))
	if text := eval[string](b, `document.querySelector("dialog p").textContent`); text != "Stop all 5 programs?" {
		t.Errorf("it asks %q", text)
	}
	b.press(kb.Escape)
	b.await(`!document.querySelector("dialog")`)
	if s.pid("later") == 0 {
		t.Error("they were stopped without an answer")
	}

	// A group folds, and is restarted.
	b.do(chromedp.Click(`#programs .group button`, chromedp.ByQuery))
	b.await(`document.querySelector("[data-name='queue:q1']").offsetParent === null`)
	if text := eval[string](b, `document.querySelector("#programs .group .a a").click(); document.querySelectorAll("#menu button")[1].click(); document.querySelector("dialog .strong").textContent`); text != "Restart 3 programs" {
		t.Errorf("the button says %q", text)
	}
	b.press(kb.Enter)
	b.await(textOf("message") + ` === "queue:*: restarted"`)

	// The gateway dies; the page says so, and goes on.
	b.quiet()
	s.kill(s.gateway(), syscall.SIGKILL)
	b.await(`document.getElementById("live").className === "lost" && document.title.startsWith("? ")`)
	b.await(isLive)
	s.kill(s.pid("later"), syscall.SIGKILL)
	b.await(`document.querySelector("[data-name=later]").dataset.restarts === "1"`)
	if !eval[bool](b, "window.same === true") {
		t.Error("the page was loaded again")
	}

	// The container stops.
	s.kill(s.supervisor(), syscall.SIGTERM)
	b.await(`document.getElementById("live").className === "lost" && document.title.startsWith("? ")`)
	b.shoot("lost")
	if got := evalPromise(b, `{ const i = new Image(); i.src = document.getElementById("icon").href; i.decode().then(() => i.src.slice(0, 5) + i.naturalWidth, String) }`); got == "" || got[:5] != "data:" {
		t.Errorf("the icon of a page without a server: %s", got)
	}
	b.forget("ERR_")
	b.quiet()
}

// TestKeys: everything by the keyboard alone.
func TestKeys(t *testing.T) {
	s := serve(t, "")
	b := open(t)
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(s.url))
	b.await(isLive)
	b.await(row("bad", "y") + `.includes("given up")`)
	b.press("/", "l", "a", "t", "e")
	b.await(textOf("found") + ` === "1 of 6"`)
	b.press(kb.ArrowDown)
	b.await(`document.activeElement.closest("tr")?.dataset.name === "later"`)
	b.press("m")
	b.await(`document.querySelector("#menu [role=menuitem]") === document.activeElement`)
	b.press("s")
	b.await(textOf("message") + ` === "later: started"`)
	b.await(`document.querySelector("[data-name=later]").classList.contains("RUNNING") && document.activeElement.closest("tr")?.dataset.name === "later"`)
	b.press("x") // asks
	b.await(`document.querySelector("dialog p")?.textContent === "Stop later?"`)
	b.press(kb.Enter)
	b.await(textOf("message") + ` === "later: stopped"`)
	b.press("/", kb.Escape, kb.Escape)
	b.await(textOf("found") + ` === ""`)
	b.do(chromedp.Evaluate(`document.activeElement.blur()`, nil))
	b.press("j", "j", "k", "o")
	b.await(`document.getElementById("program")?.dataset.name === "bad" && document.activeElement.id === "program-title"`)
	b.press(kb.Escape)
	b.await(`!document.getElementById("program") && document.activeElement.closest("tr").dataset.name === "bad"`)
	b.press("?")
	b.await(`document.querySelector("dialog")?.textContent.includes("filter the programs")`)
	b.press(kb.Escape)
	b.do(chromedp.Evaluate(`document.querySelector("[data-sort=name] button").focus()`, nil))
	b.press(kb.Enter)
	b.await(`document.querySelector("[data-sort=name]").getAttribute("aria-sort") === "ascending" && document.querySelector("#programs tbody tr").dataset.name === "bad" && !document.querySelector("#programs .group")`)
	b.press(kb.Enter)
	b.await(`document.querySelector("[data-sort=name]").getAttribute("aria-sort") === "descending"`)
	b.press(kb.Enter) // and back to who is sick
	b.await(`document.querySelector("[data-sort=need]").getAttribute("aria-sort") === "ascending" && document.querySelector("#sick tr").dataset.name === "bad"`)
	b.quiet()
}
