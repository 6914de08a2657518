// One program beside the list, with an address of its own.
const opened = { name: at("program")?.dataset.name || "", samples: null };
const addressOf = (name) => name ? "/?program=" + encodeURIComponent(name) : "/";

async function openProgram(name, keep) {
  if (!keep) history.pushState(null, "", addressOf(name));
  opened.name = name;
  opened.samples = null;
  mark();
  const late = setTimeout(() => { // over a slow link it is said that it comes
    if (opened.name !== name) return;
    stopLog();
    document.body.classList.add("open");
    at("beside").replaceChildren(make("p", { id: "loading", role: "status" }, "Loading " + visible(name) + " \u2026"));
  }, 150);
  try {
    const fresh = await load("/program.html?program=" + encodeURIComponent(name));
    clearTimeout(late);
    if (opened.name !== name) return;
    at("beside").replaceChildren(...[...fresh.getElementById("beside").childNodes].map((n) => document.importNode(n, true)));
    begin(true);
  } catch (e) {
    clearTimeout(late);
    at("loading")?.remove();
    tell("cannot show " + name + ": " + e.message);
  }
}
// begin makes what the server has sent live.
function begin(focus) {
  document.body.classList.add("open");
  remember(at("beside"));
  mark();
  for (const e of at("beside").querySelectorAll(".script")) e.hidden = false;
  startLog();
  loadSamples();
  if (focus) at("program-title").focus({ preventScroll: true });
  const r = at("program").getBoundingClientRect();
  if (r.top < 0 || r.top > innerHeight / 2) at("program").scrollIntoView({ block: "start" });
}
function closeProgram(keep) {
  const name = opened.name;
  stopLog();
  opened.name = "";
  at("beside").replaceChildren();
  document.body.classList.remove("open");
  if (!keep) history.pushState(null, "", "/");
  mark();
  rowsOf(document).find((r) => r.dataset.name === name)?.querySelector("th a").focus();
}
function mark() {
  for (const row of rowsOf(document)) {
    if (row.dataset.name === opened.name) row.setAttribute("aria-current", "true");
    else if (row.hasAttribute("aria-current")) row.removeAttribute("aria-current");
  }
}
// refreshProgram takes over what has changed; the log goes on.
async function refreshProgram() {
  const name = opened.name, fresh = await load("/program.html?program=" + encodeURIComponent(name));
  if (opened.name !== name) return;
  takeLive(fresh);
}
addEventListener("popstate", () => {
  const name = new URLSearchParams(location.search).get("program");
  if (name) openProgram(name, true); else if (opened.name) closeProgram(true);
});

// Charts of the last hour.
async function loadSamples() {
  const name = opened.name;
  try {
    const s = await json(origin + "/v1/samples?points=240&name=" + encodeURIComponent(name));
    if (opened.name !== name) return;
    opened.samples = { times: s.times, cpu: s.programs[0]?.cpu || [], memory: s.programs[0]?.memory || [] };
    drawCharts();
  } catch { /* there are none */ }
}
function drawCharts() {
  const s = opened.samples, box = at("charts"), live = used.get(opened.name);
  if (!s || !box) return;
  const now = Date.now() / 1000, times = s.times.concat(now), begin = now - 3600;
  const charts = [["CPU", s.cpu.concat(live?.cores ?? null), 0.05, percent], ["Memory", s.memory.concat(live?.bytes ?? null), 1, size]];
  box.hidden = charts.every(([, list]) => list.every((v) => v === null));
  const since = s.times.length && s.times[0] > begin + 300 ? [make("p", { class: "note" }, "Measured since " + clock.format(1000 * s.times[0]) + ", when the web server of this page began. It goes on while somebody asks it, such as a probe or a scrape.")] : [];
  box.replaceChildren(...charts.map(([what, list, least, words]) => {
    const known = list.filter((v) => v !== null), most = Math.max(0, ...known), last = list.at(-1) ?? known.at(-1);
    const from = (i) => 1000 * Math.max(0, (times[i] - begin) / 3600);
    const d = lineOf(list, least, 1000, 100, from);
    const text = known.length ? "now " + words(last) + ", peak " + words(most) : "not measured yet";
    const svg = draw("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none", role: "img", "aria-label": what + " of the last hour: " + text });
    if (d && !d.slice(1).includes("M") && known.length > 1) svg.append(draw("path", { class: "area", d: d + "L1000 100L" + d.slice(1).split(" ")[0] + " 100Z" }));
    svg.append(draw("path", { class: "line", d }));
    return make("figure", {}, make("figcaption", {}, make("b", {}, what), make("span", {}, text)), svg,
      make("div", { class: "axis", "aria-hidden": "true" }, make("span", {}, clock.format(1000 * begin)), make("span", {}, "now")));
  }), ...since);
}
