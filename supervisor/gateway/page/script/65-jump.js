// Jump to a time. What is older than the lines that are shown is found in the log by halves.
const piece = 65536;
function timeAsked() {
  const [h, m, s] = at("log-time").value.split(":").map(Number), last = log.lines.at(-1)?.at || Date.now(), time = new Date(last);
  time.setHours(h, m, s || 0, 0);
  if (+time > last && +time > Date.now()) time.setDate(time.getDate() - 1); // that of the day before
  return +time;
}
async function partOf(stream, offset, length) {
  return (await json(pathOf(opened.name) + "/logs?stream=" + stream + "&offset=" + offset + "&length=" + length)).logs[0];
}
// linesFrom are those of a stream from somewhat before a time on, each with its time.
async function linesFrom(stream, time) {
  let low = 0, high = (await partOf(stream, 0, 1)).size;
  while (high - low > piece) {
    const middle = Math.floor((low + high) / 2), text = (await partOf(stream, middle, 8192)).text;
    const first = text.split("\n").slice(1).map(timeOf).find(Boolean);
    if (first && first < time) low = middle; else high = middle;
  }
  const lines = (await partOf(stream, low, 4 * piece)).text.split("\n").slice(low ? 1 : 0, -1);
  let before = lines.map(timeOf).find(Boolean) || 0;
  return lines.map((line) => ({ stream, line, now: before = timeOf(line) || before }));
}
async function showPast(time) {
  const name = opened.name, stream = at("log-stream").value;
  const found = await Promise.all((stream ? [stream] : ["stdout", "stderr"]).map((s) => linesFrom(s, time).catch(() => [])));
  const lines = found.flat().filter((l) => l.now).sort((a, b) => a.now - b.now);
  if (opened.name !== name || !lines.length || lines[0].now >= (log.lines.find((l) => l.at)?.at || Infinity)) return;
  const i = Math.max(0, lines.findIndex((l) => l.now >= time));
  stopLog();
  emptyLog();
  log.waiting = lines.slice(Math.max(0, i - shown / 4)).slice(0, shown);
  log.following = log.paused = false;
  drawLog();
  log.past = true;
  pause(true);
}
async function jump() {
  if (!at("log-time").value) return;
  const time = timeAsked();
  if (!(log.lines.find((l) => l.at)?.at <= time)) await showPast(time);
  at("log-text")?.querySelector(".here")?.classList.remove("here");
  const l = log.lines.find((l) => l.at >= time) || log.lines.at(-1);
  if (!l?.at) { tell("no line of this log has a time"); return; }
  log.following = false;
  l.node.hidden = false;
  l.node.classList.add("here");
  const box = at("log-text"), top = l.node.getBoundingClientRect().top - box.getBoundingClientRect().top;
  box.scrollTop += top - box.clientHeight / 2; // and the page stays where it is
}
