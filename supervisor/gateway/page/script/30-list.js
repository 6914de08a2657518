// The list: order, groups that fold, filter, small charts.
const table = at("programs");
const rowsOf = (root) => [...root.querySelectorAll("#programs tr[data-name]")];
const folded = new Set(JSON.parse(sessionStorage.getItem("folded") || "[]"));
const sorted = { by: "need", down: false };
const downFirst = new Set(["restarts", "cpu", "memory", "up"]);
const used = new Map(); // what programs use, by full name

// Many rows are taken over a few at a time, and a frame is shown in between.
const frame = () => document.hidden ? undefined : new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
async function takeRows(fresh, all) {
  const rows = rowsOf(fresh);
  if (!all && !rows.length) return;
  if (all) {
    const there = new Set(rows.map((r) => r.id));
    for (const row of rowsOf(document)) if (!there.has(row.id)) row.remove();
  }
  let begin = performance.now();
  for (const row of rows) {
    if (performance.now() - begin > 8) { await frame(); begin = performance.now(); }
    const mine = at(row.id);
    if (mine) takeRow(mine, row); else addRow(document.importNode(row, true));
  }
  arrange();
  watch();
}
// What a row says, but for how long it has done so and what is measured here.
const said = (row) => [row.className, row.dataset.rank, row.dataset.restarts, row.querySelector(".y").innerHTML, row.querySelector(".u time")?.dateTime].join("\n");
function takeRow(mine, row) {
  const text = said(row), old = mine.classList;
  if (served.get(mine) === text) return;
  served.set(mine, text);
  const flash = old.contains("changed") || mine.dataset.restarts !== row.dataset.restarts || !old.contains(row.classList[0]) || old.contains("sick") !== row.classList.contains("sick");
  mine.className = row.className + (old.contains("out") ? " out" : "") + (flash ? " changed" : "");
  mine.dataset.rank = row.dataset.rank;
  mine.dataset.restarts = row.dataset.restarts;
  for (const cell of [".y", ".u", ".r"]) mine.querySelector(cell).replaceChildren(...document.importNode(row.querySelector(cell), true).childNodes);
  clocks(mine);
  if (!mine.querySelector("time") || /STOPPED|EXITED|FATAL/.test(mine.className)) show(mine, undefined);
}
function addRow(row) {
  served.set(row, said(row));
  clocks(row);
  row.querySelector(".a a")?.setAttribute("aria-haspopup", "menu");
  row.classList.add("changed");
  (at("alone") || table.tBodies[0] || table).append(row);
}
table?.addEventListener("animationend", (e) => e.target.classList.remove("changed"));

// Where a row belongs, and in which order. Only rows that have to move are moved.
const groupOf = (name) => name.includes(":") ? name.slice(0, name.indexOf(":")) : "";
function value(row) {
  const u = used.get(row.dataset.name);
  switch (sorted.by) {
    case "name": return row.dataset.name;
    case "restarts": return +row.dataset.restarts;
    case "cpu": return u?.cores ?? -1;
    case "memory": return u?.memory ?? -1;
    case "up": { const time = row.querySelector("time"); return time ? -Date.parse(time.dateTime) : 1; }
  }
  return Math.min(+row.dataset.rank, 6);
}
let place = 0;
const places = new Map(); // in the order of the server
const names = new Intl.Collator(undefined, { numeric: true });
function arrange() {
  const rows = rowsOf(document), keys = new Map();
  for (const row of rows) {
    if (!places.has(row.id)) places.set(row.id, place++);
    keys.set(row, value(row));
  }
  rows.sort((a, b) => {
    const x = keys.get(a), y = keys.get(b), c = typeof x === "string" ? names.compare(x, y) : x - y;
    return (sorted.down ? -c : c) || places.get(a.id) - places.get(b.id);
  });
  const members = new Map();
  for (const row of rows) {
    const g = groupOf(row.dataset.name);
    members.set(g, (members.get(g) || 0) + 1);
  }
  const sections = new Map([["sick", []], ["alone", []]]), grouped = sorted.by === "need";
  for (const row of rows) {
    const g = groupOf(row.dataset.name), id = !grouped ? "alone" : row.classList.contains("sick") ? "sick" : g && members.get(g) > 1 ? "group-" + g : "alone";
    if (!sections.has(id)) sections.set(id, []);
    sections.get(id).push(row);
  }
  const focused = document.activeElement;
  for (const body of [...table.tBodies]) if (!sections.has(keyOf(body))) body.remove();
  let before = table.tHead;
  for (const [id, list] of sections) {
    let body = [...table.tBodies].find((b) => keyOf(b) === id);
    if (!list.length) { if (body) body.remove(); continue; }
    body ||= make("tbody", { role: "rowgroup", id: id.startsWith("group-") ? "group-" + encodeURIComponent(id.slice(6)) : id, "data-group": id.startsWith("group-") && id.slice(6) });
    if (before.nextElementSibling !== body) before.after(body);
    before = body;
    let last = null;
    if (id.startsWith("group-")) last = headOf(body, id.slice(6), list.length, members.get(id.slice(6)));
    for (const row of list) {
      if ((last ? last.nextElementSibling : body.firstElementChild) !== row) last ? last.after(row) : body.prepend(row);
      last = row;
    }
  }
  if (table.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true }); // what is moved loses it
  filter();
}
const keyOf = (body) => body.dataset.group ? "group-" + body.dataset.group : body.id;

function headOf(body, group, well, all) {
  let head = body.querySelector(".group");
  const open = () => !folded.has(group);
  const fold = () => {
    folded[open() ? "add" : "delete"](group);
    sessionStorage.setItem("folded", JSON.stringify([...folded]));
    body.classList.toggle("folded", !open());
    body.querySelector(".group button").setAttribute("aria-expanded", open());
  };
  if (!head) {
    head = make("tr", { role: "row", class: "group" }, make("th", { role: "rowheader", scope: "rowgroup" }), make("td", { role: "cell", class: "y" }));
    if (may) head.append(make("td", { role: "cell", class: "a" }, make("a", { href: "/?action=restart&processname=" + encodeURIComponent(group + ":*"), "aria-label": "Actions upon all of " + visible(group), "aria-haspopup": "menu" }, "\u22ef")));
    body.prepend(head);
  }
  if (!head.querySelector("button")) {
    head.querySelector("th").replaceChildren(make("button", { type: "button", "aria-expanded": open(), onclick: fold }, visible(group)));
    body.classList.toggle("folded", !open());
  }
  const text = well === all ? all + " ready or at rest" : well + " of " + all + ", the others above";
  if (head.cells[1].textContent !== text) head.cells[1].textContent = text;
  return head;
}

function filter() {
  const words = at("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0, all = 0;
  for (const row of rowsOf(document)) {
    const text = words.length ? (row.dataset.name + " " + row.cells[1].textContent + " " + row.className).toLowerCase() : "";
    const out = !words.every((w) => text.includes(w));
    all++;
    if (!out) shown++;
    if (row.classList.contains("out") !== out) row.classList.toggle("out", out);
  }
  for (const body of table.tBodies) body.querySelector(".group")?.classList.toggle("out", words.length > 0 && !body.querySelector("tr[data-name]:not(.out)"));
  const found = words.length ? shown + " of " + all : "";
  if (at("found").textContent !== found) at("found").textContent = found;
  document.body.classList.toggle("many", shown > 24 && all <= 200);
  document.body.classList.toggle("crowd", all > 200);
}

// Sort by a column: its head is a button.
function sortable() {
  for (const th of table.tHead.rows[0].cells) {
    const by = th.dataset.sort;
    if (!by) continue;
    const label = th.textContent;
    th.replaceChildren(make("button", { type: "button", onclick: () => sortBy(by), "aria-label": th.title || undefined }, label));
  }
  markSort();
}
// The third time that a column is chosen, the sick ones are first again.
function sortBy(by) {
  const first = downFirst.has(by), again = sorted.by === by;
  if (by === "need" || again && sorted.down !== first) { sorted.by = "need"; sorted.down = false; } else { sorted.by = by; sorted.down = again ? !first : first; }
  markSort();
  arrange();
}
function markSort() {
  for (const th of table.tHead.rows[0].cells) {
    if (th.dataset.sort === sorted.by) th.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    else th.removeAttribute("aria-sort");
  }
}

// What programs use: the samples of the last hour, and from then on what is measured while
// somebody looks.
const sparkPoints = 30;
let measuring = false;
async function measure() {
  if (document.hidden || measuring) return;
  if (lostAt) { setTimeout(measure, 2000); return; }
  measuring = true;
  const begin = performance.now();
  let wait = used.size ? 3000 : 1000; // how much of a processor is known from the second time on
  try {
    const list = (await json(origin + "/v1/usage")).usage, now = performance.now(), there = new Set();
    for (const u of list) {
      let s = used.get(u.name);
      if (!s) used.set(u.name, s = { cpu: [], memory: [] });
      if (s.pid === u.pid && now > s.at) s.cores = Math.max(0, 1000 * (u.cpu_seconds - s.seconds) / (now - s.at));
      s.pid = u.pid; s.at = now; s.seconds = u.cpu_seconds; s.bytes = u.memory_bytes;
      there.add(u.name);
    }
    for (const [name, s] of used) if (!there.has(name)) { s.pid = 0; s.cores = s.bytes = undefined; }
    for (const row of rowsOf(document)) show(row, used.get(row.dataset.name));
    if (sorted.by === "cpu" || sorted.by === "memory") arrange();
    if (opened.name) drawCharts();
    wait = Math.max(wait, 20 * (performance.now() - begin)); // a thousand programs are asked less often
  } catch { /* it is tried again */ }
  measuring = false;
  setTimeout(measure, wait);
}
function show(row, s) {
  put(row.querySelector(".c span"), s && s.cores !== undefined ? percent(s.cores) : s ? undefined : "");
  put(row.querySelector(".m span"), s && s.bytes ? size(s.bytes) : s && s.pid ? undefined : "");
}
function put(e, text) { if (text !== undefined && e.textContent !== text) e.textContent = text; }

async function sample() {
  if (document.hidden || lostAt) return;
  try {
    const s = await json(origin + "/v1/samples?points=" + sparkPoints);
    for (const p of s.programs) {
      let u = used.get(p.name);
      if (!u) used.set(p.name, u = {});
      u.cpu = p.cpu; u.memory = p.memory;
    }
    for (const row of rowsOf(document)) if (seen.has(row)) sparks(row);
  } catch { /* the next one comes */ }
}
// Charts are drawn for rows that are in view.
const seen = new Set();
const watching = new IntersectionObserver((entries) => {
  for (const e of entries) {
    if (e.isIntersecting) { seen.add(e.target); sparks(e.target); tick(e.target); } else seen.delete(e.target);
  }
}, { rootMargin: "200px" });
const watched = new WeakSet();
function watch() {
  for (const row of seen) if (!row.isConnected) { seen.delete(row); watching.unobserve(row); }
  for (const row of rowsOf(document)) if (!watched.has(row)) { watched.add(row); watching.observe(row); }
}
function tick(row) {
  const time = row.querySelector("time[data-since]");
  if (time) put(time, span((Date.now() - Date.parse(time.dateTime)) / 1000));
}
function sparks(row) {
  const u = used.get(row.dataset.name);
  if (!u) return;
  spark(row.querySelector(".c"), u.cpu, 0.05);
  spark(row.querySelector(".m"), u.memory, 1);
}
function spark(cell, list, least) {
  const there = (list || []).filter((v) => v !== null).length > 2; // less looks like dirt
  let svg = cell.querySelector("svg");
  if (!there) { svg?.remove(); return; }
  const d = lineOf(list, least, sparkPoints, 16);
  if (!svg) {
    svg = draw("svg", { class: "spark", viewBox: "0 0 " + (sparkPoints - 1) + " 16", preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.append(draw("path", {}));
    cell.append(svg);
  }
  if (svg.firstChild.getAttribute("d") !== d) svg.firstChild.setAttribute("d", d);
}
// lineOf is the path of numbers, the last one at the right end of width points; where a
// number is missing the line is broken.
function lineOf(list, least, width, height, from) {
  const most = Math.max(least, ...list) * 1.08;
  let pen = "M", d = "";
  list.forEach((v, i) => {
    if (v === null) { pen = "M"; return; }
    d += pen + +((from ? from(i) : width - list.length + i).toFixed(2)) + " " + (height - 1 - (height - 2) * v / most).toFixed(1);
    if (pen === "M" && (list[i + 1] ?? null) === null) d += "h.1"; // one number alone is a dot
    pen = "L";
  });
  return d;
}
// What is cut off is shown to who points at it.
table?.addEventListener("mouseover", (e) => {
  const cell = e.target.closest("tbody th, tbody td");
  if (cell && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent.trim();
});
