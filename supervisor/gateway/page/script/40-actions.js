// Actions: one menu for each row, questions for what acts on many.
const done = { start: "started", stop: "stopped", restart: "restarted", reload: "reloaded", signal: "signalled" };
async function act(verb, name, button, signal) {
  const many = name === "all" || name.endsWith(":*");
  const order = many ? { do: verb, names: [name], wait: true } : { wait: true };
  if (signal) order.signal = signal;
  button?.setAttribute("aria-busy", "true");
  tell((many ? "all" : name) + ": " + verb + " \u2026");
  try {
    const said = await json(many ? origin + "/v1/actions" : pathOf(name) + "/" + verb, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order),
    });
    const wrong = (said.results || []).filter((r) => r.status !== "ok" && r.status !== "not-running" && r.status !== "already-started");
    tell(wrong.length ? wrong.map((r) => r.name + ": " + r.text).join("; ") : name + ": " + done[verb] + (signal ? " with " + signal : ""));
  } catch (e) {
    tell(name + ": cannot " + verb + ": " + e.message);
  }
  button?.removeAttribute("aria-busy");
  refresh(many ? undefined : name);
}

// confirmed asks a question, and acts when the answer is yes.
function confirmed(question, yes, then) {
  const back = document.activeElement;
  const dialog = make("dialog", { "aria-label": question }, make("p", {}, question), make("div", { class: "buttons" },
    make("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
    make("button", { type: "button", class: "strong", onclick: () => { dialog.close(); then(); } }, yes)));
  dialog.addEventListener("close", () => { dialog.remove(); back?.focus({ preventScroll: true }); });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector(".strong").focus();
}
const programs = (n) => n + (n === 1 ? " program" : " programs");
const isUp = (row) => /RUNNING|STARTING|BACKOFF/.test(row.className);
const title = (verb) => verb[0].toUpperCase() + verb.slice(1);
function askMany(verb, name) {
  const all = rowsOf(document).filter((r) => name === "all" || r.dataset.name.startsWith(name.slice(0, -1)));
  const n = all.filter((r) => verb === "restart" || isUp(r) === (verb === "stop")).length;
  const what = name === "all" ? "" : " of " + visible(name.slice(0, -2));
  if (!n) { tell("nothing to " + verb + what); return; }
  confirmed(title(verb) + " " + (n > 1 ? "all " : "") + programs(n) + what + "?", title(verb) + " " + programs(n), () => act(verb, name));
}

// The menu.
let menu = null;
function closeMenu(focus) {
  if (!menu) return;
  const { node, from } = menu;
  menu = null;
  node.remove();
  from.setAttribute("aria-expanded", "false");
  if (focus) from.focus({ preventScroll: true });
}
function openMenu(from, row) {
  const again = menu?.from === from;
  closeMenu(true);
  if (again) return;
  const items = [];
  const item = (label, key, run) => items.push(make("button", { type: "button", role: "menuitem", tabindex: "-1", "aria-keyshortcuts": key, onclick: () => { closeMenu(true); run(); } }, label, key ? make("kbd", { "aria-hidden": "true" }, key) : ""));
  if (row.classList.contains("group")) {
    const name = row.parentNode.dataset.group + ":*";
    for (const [verb, key] of [["start", "s"], ["restart", "r"], ["stop", "x"]]) item(title(verb) + " all of " + visible(row.parentNode.dataset.group), key, () => askMany(verb, name));
  } else {
    const name = row.dataset.name;
    item("Open", "o", () => openProgram(name));
    if (may) {
      const verbs = isUp(row) ? [["restart", "r"], ["stop", "x"]] : [["start", "s"]];
      if (isUp(row) && row.hasAttribute("data-reloads")) verbs.splice(1, 0, ["reload", "l"]);
      for (const [verb, key] of verbs) item(title(verb), key, () => act(verb, name));
    }
  }
  const node = make("div", { id: "menu", role: "menu", "aria-label": from.getAttribute("aria-label") }, ...items);
  menu = { node, from };
  from.setAttribute("aria-expanded", "true");
  document.querySelector("main").append(node);
  const r = from.getBoundingClientRect(), low = r.bottom + node.offsetHeight > innerHeight;
  node.style.left = Math.max(4, scrollX + r.right - node.offsetWidth) + "px";
  node.style.top = scrollY + (low ? Math.max(0, r.top - node.offsetHeight) : r.bottom) + "px";
  items[0].focus({ preventScroll: true });
}
function menuKey(e) {
  const items = [...menu.node.children], i = items.indexOf(document.activeElement);
  const to = { ArrowDown: (i + 1) % items.length, ArrowUp: (i - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[e.key];
  if (to !== undefined) items[to].focus();
  else if (e.key === "Escape" || e.key === "Tab") closeMenu(true);
  else {
    const item = items.find((b) => b.getAttribute("aria-keyshortcuts") === e.key);
    if (!item) return;
    item.click();
  }
  e.preventDefault();
}

document.addEventListener("click", (e) => {
  if (menu && !e.target.closest("#menu, .a a")) closeMenu();
  if (e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
  const link = e.target.closest("a");
  if (!link) return;
  if (link.matches("#programs .a a")) openMenu(link, link.closest("tr"));
  else if (link.matches("#programs th a")) openProgram(link.closest("tr").dataset.name);
  else if (link.matches("#program .close")) closeProgram();
  else if (link.matches(".act")) askMany(link.dataset.do.slice(0, -3), "all");
  else return;
  e.preventDefault();
});
document.addEventListener("submit", (e) => {
  if (e.target.id === "tools" && !document.body.classList.contains("tail") || e.target.id === "log-form") { e.preventDefault(); return; }
  const button = e.submitter;
  if (!button || button.name !== "action") return; // the confirmation is the server's
  e.preventDefault();
  act(button.value, e.target.elements.processname.value, button, button.value === "signal" ? e.target.elements.signal.value : "");
});
