// What makes the page live; without it the page is the same, and is loaded again.
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const say = (text) => { at("live").textContent = text; };
  const tell = (text) => { at("message").textContent = visible(text); at("message").hidden = false; };
  const pathOf = (name) => "/v1/programs/" + encodeURIComponent(name);

  // Control characters as pictures, or escaped, as the server shows them.
  const visible = (text) => String(text).replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu, (c) => {
    const n = c.codePointAt(0);
    if (n < 0x20) return String.fromCharCode(0x2400 + n);
    return n === 0x7f ? "\u2421" : n > 0xffff ? "\\U" + n.toString(16).padStart(8, "0") : "\\u" + n.toString(16).padStart(4, "0");
  });

  // The page again: what is marked data-live is taken over where the server has
  // something new to say.
  const served = new WeakMap(); // what the server has sent, before clocks were set
  function remember(root) {
    for (const e of root.querySelectorAll("[data-live]")) served.set(e, e.innerHTML);
    clocks(root);
  }
  function clocks(root) {
    for (const e of root.querySelectorAll("time[data-since]")) e.textContent = span((Date.now() - Date.parse(e.dateTime)) / 1000);
    for (const e of root.querySelectorAll("time:not([data-since])")) e.textContent = new Date(e.dateTime).toLocaleTimeString();
  }
  function span(s) {
    s = Math.max(0, Math.floor(s));
    const days = Math.floor(s / 86400), two = (n) => String(n).padStart(2, "0");
    return (days ? days + " d " : "") + Math.floor(s / 3600) % 24 + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }
  function take(fresh) {
    const rows = at("programs").tBodies[0];
    for (const row of [...rows.rows]) if (!fresh.getElementById(row.id)) row.remove();
    for (const row of fresh.querySelectorAll("#programs tbody tr")) {
      if (!at(row.id)) {
        const added = document.importNode(row, true);
        rows.append(added);
        remember(added);
      }
    }
    for (const e of fresh.querySelectorAll("[data-live]")) {
      const mine = at(e.id);
      if (!mine) continue;
      if (mine.className !== e.className) mine.className = e.className;
      if ("disabled" in mine) mine.disabled = e.disabled;
      const html = e.innerHTML;
      if (served.get(mine) === html) continue;
      mine.replaceChildren(...[...e.childNodes].map((n) => document.importNode(n, true)));
      served.set(mine, html);
      clocks(mine);
    }
  }
  let asking = false, again = false;
  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch("/", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status + " " + answer.statusText);
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      say("live");
    } catch (e) {
      say("not up to date: " + e.message);
    }
    setTimeout(() => {
      asking = false;
      if (again) { again = false; refresh(); }
    }, 250);
  }

  // Events say when.
  function follow() {
    const events = new EventSource("/v1/events?follow=true&heartbeat=25");
    events.onopen = refresh;
    events.onmessage = refresh;
    events.addEventListener("lost", refresh);
    events.onerror = () => {
      say("connection lost, trying again");
      if (events.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
    };
  }

  // Usage, with a chart of the last two minutes.
  const kept = 60, every = 2000, series = new Map();
  async function measure() {
    if (document.hidden) return;
    let usage;
    try {
      usage = (await (await fetch("/v1/usage", { cache: "no-store" })).json()).usage || [];
    } catch { return; }
    const now = performance.now(), of = new Map(usage.map((u) => [u.name, u]));
    for (const row of at("programs").tBodies[0].rows) {
      const name = row.dataset.name, u = of.get(name);
      let s = series.get(name);
      if (!u || !s || s.pid !== u.pid) {
        s = { pid: u && u.pid, at: now, cpu: u && u.cpu_seconds, percent: [], memory: [] };
        series.set(name, s);
        if (!u) { number(row, ".cpu", "–", []); number(row, ".memory", "–", []); continue; }
      }
      s.memory.push(u.memory_bytes);
      if (now > s.at) s.percent.push(Math.max(0, 100000 * (u.cpu_seconds - s.cpu) / (now - s.at)));
      s.at = now; s.cpu = u.cpu_seconds;
      for (const list of [s.percent, s.memory]) if (list.length > kept) list.shift();
      if (s.percent.length) number(row, ".cpu", s.percent.at(-1).toFixed(1) + " %", s.percent, 10);
      number(row, ".memory", size(u.memory_bytes), s.memory, 1);
    }
  }
  const size = (n) => n >= 2 ** 30 ? (n / 2 ** 30).toFixed(1) + " GiB" : n >= 2 ** 20 ? (n / 2 ** 20).toFixed(1) + " MiB" : Math.floor(n / 1024) + " KiB";
  function number(row, cell, text, list, least) {
    cell = row.querySelector(cell);
    cell.querySelector(".number").textContent = text;
    let chart = cell.querySelector("svg");
    if (list.length < 2) { if (chart) chart.remove(); return; }
    if (!chart) {
      chart = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      chart.setAttribute("class", "chart");
      chart.setAttribute("viewBox", "0 0 " + (kept - 1) + " 20");
      chart.setAttribute("preserveAspectRatio", "none");
      chart.setAttribute("aria-hidden", "true");
      chart.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
      cell.append(chart);
    }
    const most = Math.max(least, ...list) * 1.1;
    chart.firstChild.setAttribute("d", list.map((v, i) => (i ? "L" : "M") + (kept - list.length + i) + " " + (19 - 18 * v / most).toFixed(2)).join(""));
  }

  // Actions, without leaving the page.
  const done = { start: "started", stop: "stopped", restart: "restarted", reload: "reloaded", signal: "signalled" };
  async function act(form, button) {
    const verb = button.value, all = verb.endsWith("all"), name = all ? "all" : form.elements.processname.value;
    const order = all ? { do: verb.slice(0, -3), names: ["all"], wait: true } : { wait: true };
    if (verb === "signal") order.signal = form.elements.signal.value;
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(all ? "/v1/actions" : pathOf(name) + "/" + verb, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order),
      });
      const said = await answer.json();
      const wrong = (said.results || []).filter((r) => r.status !== "ok" && r.status !== "not-running" && r.status !== "already-started");
      if (!answer.ok) tell(said.detail || said.title);
      else if (wrong.length) tell(wrong.map((r) => r.name + ": " + r.text).join("; "));
      else tell(name + ": " + done[order.do || verb] + (order.signal ? " with " + order.signal : ""));
    } catch (e) {
      tell("cannot " + verb + " " + name + ": " + e.message);
    }
    button.removeAttribute("aria-busy");
    refresh();
  }
  document.addEventListener("submit", (e) => {
    const button = e.submitter;
    if (!button || button.name !== "action") return; // the confirmation is the server's
    e.preventDefault();
    act(e.target, button);
  });

  // The log of one program.
  const shown = 2000;
  const log = { name: "", source: null, lines: [], part: {} };
  function openLog(name) {
    closeLog();
    log.name = name;
    at("log").hidden = false;
    at("log-title").textContent = "Log of " + visible(name);
    followLog();
    at("log").scrollIntoView({ block: "nearest" });
    at("log-search").focus({ preventScroll: true });
  }
  function closeLog() {
    if (log.source) log.source.close();
    log.source = null;
    at("log").hidden = true;
  }
  function followLog() {
    if (log.source) log.source.close();
    const stream = at("log-stream").value, q = "/logs?follow=true&lines=500&heartbeat=25" + (stream ? "&stream=" + stream : "");
    const source = log.source = new EventSource(pathOf(log.name) + q);
    source.onopen = () => { log.lines = []; log.part = {}; at("log-text").replaceChildren(); count(); };
    source.onmessage = (e) => { const piece = JSON.parse(e.data); add(piece.stream, piece.text); };
    source.addEventListener("lost", (e) => add("", "[" + JSON.parse(e.data).lost + " pieces were lost here]\n"));
    source.onerror = async () => {
      if (source.readyState !== EventSource.CLOSED) return;
      const answer = await fetch(pathOf(log.name) + "/logs?lines=1").catch(() => null); // an EventSource does not say why
      const said = answer && await answer.json().catch(() => null);
      at("log-text").textContent = said && said.detail || "the log cannot be read";
    };
  }
  function add(stream, text) {
    const lines = ((log.part[stream] || "") + text).split("\n");
    log.part[stream] = lines.pop();
    if (log.part[stream].length > 65536) lines.push(log.part[stream]), log.part[stream] = "";
    const nodes = document.createDocumentFragment();
    for (const line of lines) {
      const l = { text: visible(line), node: document.createElement("div") };
      l.node.className = stream;
      paint(l);
      log.lines.push(l);
      nodes.append(l.node);
    }
    at("log-text").append(nodes);
    for (const old of log.lines.splice(0, log.lines.length - shown)) old.node.remove();
    count();
    if (at("log-follow").checked) at("log-text").scrollTop = at("log-text").scrollHeight;
  }
  function paint(l) {
    const wanted = at("log-search").value.toLowerCase(), text = l.text;
    l.node.replaceChildren();
    l.node.hidden = wanted !== "" && !text.toLowerCase().includes(wanted);
    if (l.node.hidden) return;
    let from = 0;
    for (let i; wanted && (i = text.toLowerCase().indexOf(wanted, from)) >= 0; from = i + wanted.length) {
      const mark = document.createElement("mark");
      mark.textContent = text.slice(i, i + wanted.length);
      l.node.append(text.slice(from, i), mark);
    }
    l.node.append(text.slice(from) || (text ? "" : "\u200b")); // an empty line has a height
  }
  function count() {
    const n = log.lines.filter((l) => !l.node.hidden).length;
    at("log-count").textContent = (n === log.lines.length ? "" : n + " of ") + log.lines.length + (log.lines.length === 1 ? " line" : " lines");
  }
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a.log");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    openLog(link.closest("tr").dataset.name);
  });
  at("log-search").addEventListener("input", () => { log.lines.forEach(paint); count(); });
  at("log-stream").addEventListener("change", followLog);
  at("log-close").addEventListener("click", closeLog);
  at("log-form").addEventListener("submit", (e) => e.preventDefault());
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !at("log").hidden) closeLog(); });

  remember(document);
  follow();
  measure();
  setInterval(measure, every);
  setInterval(() => { for (const e of document.querySelectorAll("time[data-since]")) e.textContent = span((Date.now() - Date.parse(e.dateTime)) / 1000); }, 1000);
})();
