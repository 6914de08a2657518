// The log of the opened program, as it comes: ten thousand lines a second are drawn a few
// times a second, and only those that stay.
const shown = 2000, lineMax = 65536;
const log = { source: null, lines: [], part: {}, waiting: [], missed: 0, paused: false, drawn: false };
// Levels: 1 is talk, 2 a warning, 3 an error.
const levels = [[3, /\b(error|err|fatal|crit(ical)?|panic|emerg|alert|exception|traceback)\b|\[(error|crit|alert|emerg)\]|"level":\s*"?(error|fatal|50|60)/i], [2, /\bwarn(ing)?\b|\[warn\]|"level":\s*"?(warn|40)/i], [1, /\b(debug|trace)\b|\[debug\]|"level":\s*"?(debug|trace|10|20)/i]];
const levelOf = (text) => { const head = text.slice(0, 300); for (const [n, re] of levels) if (re.test(head)) return n; return undefined; };
// Times as most logs have them: of ISO 8601, of nginx's errors, of its accesses, of a clock
// alone. Those without a zone are as if in that of the viewer.
const stamp = /(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?\s?(Z|[+-]\d\d:?\d\d)?|(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})|\b(\d\d):(\d\d):(\d\d)\b/;
function timeOf(text) {
  const m = stamp.exec(text.slice(0, 160));
  if (!m) return 0;
  if (m[1]) return Date.parse(m[1] + "-" + m[2] + "-" + m[3] + "T" + m[4] + (m[5] || ""));
  if (m[6]) return Date.parse(m[6] + " " + m[7] + " " + m[8] + " " + m[9] + " " + m[10]);
  const d = new Date();
  d.setHours(+m[11], +m[12], +m[13], 0);
  return +d;
}
function startLog() {
  stopLog();
  if (!at("log")) return;
  at("log-text").classList.add("wrap");
  at("log-search").addEventListener("input", paintAll);
  at("log-level").addEventListener("change", paintAll);
  at("log-stream").addEventListener("change", followLog);
  at("log-wrap").addEventListener("change", (e) => at("log-text").classList.toggle("wrap", e.target.checked));
  at("log-pause").addEventListener("click", () => pause(!log.paused));
  for (const id of ["log-time", "log-day"]) at(id).addEventListener("change", jump);
  at("log-text").addEventListener("scroll", () => {
    const box = at("log-text"), end = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
    if (log.drawn) { log.drawn = false; return; }
    if (end && log.following === false) { log.following = true; } else if (!end) log.following = false;
    count();
  });
  log.paused = false;
  followLog();
}
function stopLog() { log.source?.close(); log.source = null; }
function emptyLog() {
  log.lines = []; log.part = {}; log.waiting = []; log.missed = 0; log.past = false;
  at("log-text").replaceChildren();
}
function followLog() {
  stopLog();
  emptyLog();
  log.following = true; log.since = Date.now();
  at("log-text").setAttribute("aria-busy", "true");
  const stream = at("log-stream").value;
  const source = log.source = new EventSource(pathOf(opened.name) + "/logs?follow=true&lines=500&heartbeat=25" + (stream ? "&stream=" + stream : ""));
  let first = true;
  source.onopen = () => { at("log-text").removeAttribute("aria-busy"); if (!first) emptyLog(); first = false; count(); };
  source.onmessage = (e) => { const piece = JSON.parse(e.data); add(piece.stream, piece.text); };
  source.addEventListener("lost", (e) => add("l0", "[" + JSON.parse(e.data).lost + " pieces were lost here]\n"));
  source.onerror = async () => {
    if (source.readyState !== EventSource.CLOSED) return;
    const answer = await fetch(pathOf(opened.name) + "/logs?lines=1").catch(() => null); // an EventSource does not say why
    const said = answer && await answer.json().catch(() => null);
    if (log.source !== source) return;
    at("log-text").removeAttribute("aria-busy");
    at("log-text").textContent = said && said.detail || "the log cannot be read";
  };
}
function add(stream, text) {
  const lines = ((log.part[stream] || "") + text).split("\n");
  log.part[stream] = lines.pop();
  if (log.part[stream].length > lineMax) { lines.push(log.part[stream]); log.part[stream] = ""; }
  const now = Date.now() - log.since > 1000 ? Date.now() : 0; // what comes at once was printed some time ago
  for (const line of lines) log.waiting.push({ stream, line, now });
  const over = log.waiting.length - shown;
  if (over > 0) { log.waiting.splice(0, over); log.missed += over; }
  if (!log.timer) log.timer = setTimeout(drawLog, log.lines.length ? 120 : 20);
}
function drawLog() {
  log.timer = 0;
  if (!at("log-text")) return;
  if (log.paused) { count(); return; }
  const nodes = document.createDocumentFragment(), box = at("log-text");
  if (log.missed) { log.waiting.unshift({ stream: "l0", line: "[" + log.missed + " lines came too fast to be shown: download has them]", now: 0 }); log.missed = 0; }
  let before = log.lines.at(-1)?.at || 0;
  for (const { stream, line, now } of log.waiting.splice(0)) {
    const text = visible(line), l = { text, level: levelOf(text), at: timeOf(text) || before || now, node: document.createElement("div") };
    before = l.at;
    l.node.className = stream + (l.level ? " l" + l.level : "");
    paint(l);
    log.lines.push(l);
    nodes.append(l.node);
  }
  box.append(nodes);
  for (const old of log.lines.splice(0, log.lines.length - shown)) old.node.remove();
  if (log.following) { log.drawn = true; box.scrollTop = box.scrollHeight; }
  count();
}
function paint(l) {
  const wanted = at("log-search").value.toLowerCase(), least = +at("log-level").value, text = l.text;
  l.node.hidden = wanted !== "" && !text.toLowerCase().includes(wanted) || least > 0 && (l.level || 0) < least;
  if (l.node.hidden) return;
  l.node.replaceChildren();
  let from = 0;
  for (let i; wanted && (i = text.toLowerCase().indexOf(wanted, from)) >= 0; from = i + wanted.length) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(i, i + wanted.length);
    l.node.append(text.slice(from, i), mark);
  }
  l.node.append(text.slice(from) || (text ? "" : "\u200b")); // an empty line has a height
}
function paintAll() {
  log.lines.forEach(paint);
  if (log.following) { log.drawn = true; at("log-text").scrollTop = at("log-text").scrollHeight; }
  count();
}
function count() {
  if (!at("log-count")) return;
  const n = log.lines.filter((l) => !l.node.hidden).length;
  let text = (n === log.lines.length ? "" : n + " of ") + log.lines.length + (log.lines.length === 1 ? " line" : " lines");
  if (log.past) text += ", of the past"; else if (log.paused) text = "paused, " + (log.waiting.length + log.missed) + " more";
  if (at("log-count").textContent !== text) at("log-count").textContent = text;
  const all = at("log-all"), wanted = at("log-search").value; // what is searched here are the last lines
  all.hidden = !wanted;
  if (wanted) all.href = "/tail.html?limit=1048576&processname=" + encodeURIComponent(opened.name) + "&stream=" + at("log-stream").value + "&search=" + encodeURIComponent(wanted);
}
function pause(yes) {
  log.paused = yes;
  at("log-pause").textContent = yes ? "Go on" : "Pause";
  at("log-pause").setAttribute("aria-pressed", yes);
  if (!yes && log.past) followLog(); else if (!yes) drawLog(); else count();
}
