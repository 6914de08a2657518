// The page begins (start.js has loaded us).
document.body.classList.add("begun");
if (table) {
  for (const row of rowsOf(document)) served.set(row, said(row));
  remember(document);
  at("live").textContent = "connecting \u2026";
  sortable();
  arrange();
  for (const a of table.querySelectorAll(".a a")) a.setAttribute("aria-haspopup", "menu");
  follow(document.body.dataset.after);
  measure();
  watch();
  sample().then(watch);
  setInterval(() => { sample().then(watch); if (opened.name) loadSamples(); }, 15000);
  setInterval(() => { if (!document.hidden && !lostAt) refresh(opened.name); }, document.body.classList.contains("crowd") ? 15000 : 5000);
  setInterval(() => { if (!document.hidden && !lostAt) refresh(); }, document.body.classList.contains("crowd") ? 300000 : 60000); // "next run in 3 h" is not true for ever
  setTimeout(() => refresh(opened.name), 2500); // a gateway that has just begun knows the CPU then
  setInterval(() => { for (const e of [at("container"), at("last"), at("beside"), ...seen]) tick(e); }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { refresh(); measure(); sample(); } });
  if (opened.name) begin(false);
}
