// The page follows events. Each says which programs to ask the server for again: their
// rows and the head come as HTML, and what has changed is taken over.
const served = new WeakMap(); // what the server has sent, before clocks were set
function remember(root) {
  for (const e of root.querySelectorAll("[data-live]")) served.set(e, e.innerHTML);
  clocks(root);
}
function takeLive(fresh) {
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
async function load(path) {
  const answer = await fetch(origin + path, { cache: "no-store" });
  if (!answer.ok && answer.status !== 404) throw new Error(answer.status + " " + (await answer.text()).slice(0, 200));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// refresh asks for the head and a program again; without a name for all, with "" for none.
let asking = false, wanted = new Set(), wantAll = false, timer = 0;
function refresh(name) {
  if (name === undefined) wantAll = true; else wanted.add(name);
  if (!asking && !timer) timer = setTimeout(ask, 60);
}
async function ask() {
  timer = 0;
  asking = true;
  const all = wantAll || wanted.size > 100, names = [...wanted];
  wanted = new Set(); wantAll = false;
  try {
    const fresh = await load("/part.html" + (all ? "" : "?" + names.map((n) => "name=" + encodeURIComponent(n)).join("&")));
    takeLive(fresh);
    tellMood(fresh.getElementById("health"));
    await takeRows(fresh, all);
    if (opened.name && (all || names.includes(opened.name))) await refreshProgram();
    if (following) connected(); // else the page would miss what happens next
  } catch (e) {
    lost(e.message);
    wantAll = true;
  }
  setTimeout(() => {
    asking = false;
    if (wantAll || wanted.size) timer = timer || setTimeout(ask, at("live").className === "lost" ? 1500 : 0);
  }, 250);
}
function tellMood(health) {
  document.title = health.dataset.title;
  const icon = "/icon.svg?state=" + health.dataset.mood;
  if (at("icon").getAttribute("href") !== icon) at("icon").setAttribute("href", icon);
}

let lostAt = 0, lostIcon = "", following = false;
fetch(origin + "/icon.svg?state=lost").then((a) => a.text()).then((svg) => { lostIcon = "data:image/svg+xml," + encodeURIComponent(svg); }, () => {}); // later there is nobody to ask
function connected() {
  lostAt = 0;
  at("live").className = "";
  at("live").textContent = "live";
}
function lost(why) {
  lostAt = lostAt || Date.now();
  at("live").className = "lost";
  at("live").textContent = "as of " + clock.format(lostAt) + ", trying to connect again";
  at("live").title = why;
  if (lostIcon) at("icon").setAttribute("href", lostIcon);
  if (!document.title.startsWith("? ")) document.title = "? " + document.title.replace(/^\S /, "");
}
function follow(after) {
  const events = new EventSource(origin + "/v1/events?follow=true&heartbeat=25" + (after ? "&after=" + after : ""));
  events.onopen = () => { following = true; if (after && !lostAt) { after = 0; connected(); } else refresh(); };
  events.onmessage = (e) => refresh(JSON.parse(e.data).program);
  events.addEventListener("lost", () => refresh());
  events.onerror = () => {
    following = false;
    lost("the connection has ended");
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, 2000, 0);
  };
}
