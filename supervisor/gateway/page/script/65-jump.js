// Jump to a time. What is older than the lines that are shown is found in the log, or in a
// file that was rotated, by halves.
const piece = 65536, mostFiles = 100;
function timeAsked() {
  const [h, m, s] = (at("log-time").value || "0:0").split(":").map(Number), day = at("log-day").value.split("-").map(Number);
  if (day.length === 3) return +new Date(day[0], day[1] - 1, day[2], h, m, s || 0);
  const last = log.lines.at(-1)?.at || Date.now(), time = new Date(last);
  time.setHours(h, m, s || 0, 0);
  if (+time > last && +time > Date.now()) time.setDate(time.getDate() - 1); // that of the day before
  return +time;
}
async function partOf(stream, backup, offset, length) {
  return (await json(pathOf(opened.name) + "/logs?stream=" + stream + "&backup=" + backup + "&offset=" + offset + "&length=" + length)).logs[0];
}
const firstTime = (lines) => lines.map(timeOf).find(Boolean) || 0;
// linesFrom are those of a stream from somewhat before a time on, each with its time. They
// are searched again if the files have got other numbers in the meantime.
async function linesFrom(stream, time, again) {
  const log = await partOf(stream, 0, 0, 8192);
  let backup = 0, head = log;
  while (backup < mostFiles) { // the newest one that begins before the time
    const begins = firstTime(head.text.split("\n"));
    if (begins && begins <= time) break;
    const older = await partOf(stream, backup + 1, 0, 8192);
    if (!older.size) break;
    backup++; head = older;
  }
  let low = 0, high = head.size;
  while (high - low > piece) {
    const middle = Math.floor((low + high) / 2), first = firstTime((await partOf(stream, backup, middle, 8192)).text.split("\n").slice(1));
    if (first && first < time) low = middle; else high = middle;
  }
  // What was before it belongs to it, also where that is in the file before; and it goes on in the next one.
  const begin = Math.max(0, low - piece / 4);
  let text = begin ? "" : (await partOf(stream, backup + 1, -piece / 4, piece / 4)).text;
  for (let n = backup, from = begin; n >= 0 && text.length < 4 * piece; n--, from = 0) text += (await partOf(stream, n, from, 4 * piece - text.length)).text;
  if (again && (await partOf(stream, 0, 0, 1)).file !== log.file) return linesFrom(stream, time, false);
  const lines = text.split("\n").slice(begin ? 1 : 0, -1);
  let before = firstTime(lines);
  return lines.map((line) => ({ stream, line, now: before = timeOf(line) || before }));
}
async function showPast(time) {
  const name = opened.name, stream = at("log-stream").value;
  const found = await Promise.all((stream ? [stream] : ["stdout", "stderr"]).map((s) => linesFrom(s, time, true).catch(() => [])));
  const lines = found.flat().filter((l) => l.now).sort((a, b) => a.now - b.now);
  if (opened.name !== name || !lines.length || !log.past && lines[0].now >= (log.lines.find((l) => l.at)?.at || Infinity)) return;
  const i = lines.findIndex((l) => l.now >= time);
  stopLog();
  emptyLog();
  log.waiting = lines.slice(Math.max(0, (i < 0 ? lines.length : i) - shown / 4)).slice(0, shown);
  log.following = log.paused = false;
  drawLog();
  log.past = true;
  pause(true);
}
async function jump() {
  if (!at("log-time").value && !at("log-day").value) return;
  const time = timeAsked();
  if (!(log.lines.find((l) => l.at)?.at <= time) || log.past && log.lines.at(-1).at < time) await showPast(time);
  at("log-text")?.querySelector(".here")?.classList.remove("here");
  const l = log.lines.find((l) => l.at >= time) || log.lines.at(-1);
  if (!l?.at) { tell("no line of this log has a time"); return; }
  log.following = false;
  l.node.hidden = false;
  l.node.classList.add("here");
  const box = at("log-text"), top = l.node.getBoundingClientRect().top - box.getBoundingClientRect().top;
  box.scrollTop += top - box.clientHeight / 2; // and the page stays where it is
}
