// What all parts of the script share. Without scripts the page is the same, and is loaded
// again. The server makes all HTML; this script sets text, and never HTML.
const at = (id) => document.getElementById(id);
const may = document.body.hasAttribute("data-may");
const origin = location.origin; // without a password that the address may have: fetch refuses those
const pathOf = (name) => origin + "/v1/programs/" + encodeURIComponent(name);
const tell = (text) => { at("message").textContent = visible(text); at("message").hidden = false; };

function make(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children);
  return e;
}
function draw(tag, attributes) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  return e;
}

// Control characters as pictures, or escaped, as the server shows them.
const visible = (text) => String(text).replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu, (c) => {
  const n = c.codePointAt(0);
  if (n < 0x20) return String.fromCharCode(0x2400 + n);
  return n === 0x7f ? "\u2421" : n > 0xffff ? "\\U" + n.toString(16).padStart(8, "0") : "\\u" + n.toString(16).padStart(4, "0");
});

// Times in the zone of who looks; who points at one sees the container's.
const thisYear = new Date().getFullYear();
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const long = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
function span(s) {
  s = Math.max(0, Math.floor(s));
  if (s < 60) return s + "s";
  if (s < 3600) return Math.floor(s / 60) + "m " + s % 60 + "s";
  if (s < 86400) return Math.floor(s / 3600) + "h " + Math.floor(s / 60) % 60 + "m";
  return Math.floor(s / 86400) + "d " + Math.floor(s / 3600) % 24 + "h";
}
function clocks(root) {
  for (const e of root.querySelectorAll("time")) {
    const when = new Date(e.dateTime);
    if (e.hasAttribute("data-since")) {
      const text = span((Date.now() - when) / 1000);
      if (e.textContent !== text) e.textContent = text;
      if (!e.dataset.told) { e.dataset.told = "1"; e.title = "since " + long.format(when); }
    } else if (!e.dataset.told) {
      e.dataset.told = "1";
      e.title = "in the container: " + e.textContent;
      e.textContent = (when.getFullYear() === thisYear ? short : long).format(when);
    }
  }
}
const size = (n) => n >= 10 * 2 ** 30 ? Math.floor(n / 2 ** 30) + " GiB" : n >= 2 ** 30 ? (n / 2 ** 30).toFixed(1) + " GiB"
  : n >= 10 * 2 ** 20 ? Math.floor(n / 2 ** 20) + " MiB" : n >= 2 ** 20 ? (n / 2 ** 20).toFixed(1) + " MiB" : Math.floor(n / 1024) + " KiB";
const percent = (cores) => (100 * cores).toFixed(cores < 0.0995 ? 1 : 0) + " %";
async function json(url, options) {
  const answer = await fetch(url, { cache: "no-store", ...options });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail || said.title);
  return said;
}
