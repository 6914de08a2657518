// The page begins.
if (table) {
  for (const row of rowsOf(document)) served.set(row, row.outerHTML);
  remember(document);
  sortable();
  arrange();
  for (const a of table.querySelectorAll(".a a")) a.setAttribute("aria-haspopup", "menu");
  follow(document.body.dataset.after);
  measure();
  sample().then(watch);
  setInterval(() => { sample().then(watch); if (opened.name) loadSamples(); }, 15000);
  setInterval(() => { for (const e of document.querySelectorAll("time[data-since]")) put(e, span((Date.now() - Date.parse(e.dateTime)) / 1000)); }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { refresh(); measure(); sample(); } });
  if (opened.name) begin(false);
}
