// Everything by keys.
const keysHelp = [["/", "filter the programs"], ["j k \u2193 \u2191", "the next program, the one before"], ["Enter o", "open it"], ["m", "its menu"], ["s r x l", "start, restart, stop, reload it, after a question"], ["f", "search its log"], ["Esc", "close, or clear the filter"], ["?", "these keys"]];
function showKeys() {
  const dialog = make("dialog", { "aria-label": "Keys" }, make("dl", {}, ...keysHelp.flatMap(([key, what]) => [make("dt", {}, ...key.split(" ").flatMap((k) => [make("kbd", {}, k), " "])), make("dd", {}, what)])),
    make("div", { class: "buttons" }, make("button", { type: "button", onclick: () => dialog.close() }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
function step(by) {
  const rows = [...table.querySelectorAll("tbody tr:not(.out)")].filter((r) => r.offsetParent !== null);
  const now = rows.indexOf(document.activeElement?.closest?.("#programs tr"));
  const row = rows[Math.min(rows.length - 1, Math.max(0, now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by))];
  const to = row?.querySelector("th a, th button");
  to?.focus();
  to?.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (e) => {
  if (menu) { menuKey(e); return; }
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
  const typing = e.target.matches("input:not([type=checkbox]), select, textarea");
  if (e.key === "Escape") {
    if (typing && e.target.value && e.target.type === "search") { e.target.value = ""; e.target.dispatchEvent(new Event("input", { bubbles: true })); } else if (typing) e.target.blur();
    else if (opened.name) closeProgram();
    else return;
    e.preventDefault();
    return;
  }
  if (typing) {
    if (e.target.id === "filter" && (e.key === "ArrowDown" || e.key === "Enter")) { step(1); e.preventDefault(); }
    return;
  }
  const row = e.target.closest?.("#programs tr[data-name]"), name = row ? row.dataset.name : opened.name;
  const inList = e.target.closest?.("#programs") || e.target === document.body;
  if (e.key === "/") at("filter").focus();
  else if (e.key === "?") showKeys();
  else if (e.key === "j" || e.key === "ArrowDown" && inList) step(1);
  else if (e.key === "k" || e.key === "ArrowUp" && inList) step(-1);
  else if (e.key === "o" && row) openProgram(name);
  else if (e.key === "m" && may && e.target.closest?.("#programs tr")) openMenu(e.target.closest("tr").querySelector(".a a"), e.target.closest("tr"));
  else if (e.key === "f" && at("log-search")) at("log-search").focus();
  else if ("srxl".includes(e.key) && e.key.length === 1 && name && may) {
    const verb = { s: "start", r: "restart", x: "stop", l: "reload" }[e.key];
    confirmed(title(verb) + " " + visible(name) + "?", title(verb), () => act(verb, name));
  } else return;
  e.preventDefault();
});
at("filter")?.addEventListener("input", filter);
at("keys")?.addEventListener("click", showKeys);
