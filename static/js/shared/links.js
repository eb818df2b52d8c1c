// Addresses in what people write: only http and https become links, and a link says where it leads.
const BIDI = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const FOUND = /\bhttps?:\/\/[^\s<>"']+|\bwww\.[^\s<>"']+\.[^\s<>"']+/gi;

/** The address, if it is one a shopper may be sent to; else "". */
export function safeUrl(value) {
  const cleaned = String(value || "").replace(BIDI, "").trim();
  if (!/^(https?:)?\//i.test(cleaned)) return "";
  try {
    const url = new URL(cleaned, location.origin);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  } catch {
    return "";
  }
}

/** The same address on this very host if it is ours under its public name, so that the page may load it. */
export function ownUrl(value, publicUrl) {
  const url = safeUrl(value);
  if (publicUrl && url.startsWith(`${publicUrl}/`)) return url.slice(publicUrl.length);
  return url.startsWith(`${location.origin}/`) ? url.slice(location.origin.length) : url;
}

/** Text without the signs that turn reading direction around. */
export function plain(text) {
  return String(text || "").replace(BIDI, "");
}

/** Text as nodes: addresses become links (host in punycode, so a look-alike shows), everything else stays text. */
export function linked(text) {
  const nodes = [];
  const words = plain(text);
  let from = 0;
  for (const match of words.matchAll(FOUND)) {
    const tail = match[0].match(/[.,;:!?)\]}'’”。，！？）]+$/);
    const raw = tail ? match[0].slice(0, -tail[0].length) : match[0];
    const url = safeUrl(/^www\./i.test(raw) ? `https://${raw}` : raw);
    if (!url) continue;
    nodes.push(words.slice(from, match.index), anchor(url, shown(url)));
    from = match.index + raw.length;
  }
  nodes.push(words.slice(from));
  return nodes.filter((node) => node !== "");
}

/** An address as people read it: punycode host and path, shortened in the middle. */
export function shown(url) {
  const { host, pathname, search } = new URL(url);
  const whole = host + (pathname === "/" && !search ? "" : pathname + search);
  return whole.length > 64 ? `${whole.slice(0, 48)}…${whole.slice(-12)}` : whole;
}

/** A link that opens apart and tells the other side nothing. */
export function anchor(url, label, className) {
  const a = document.createElement("a");
  a.href = url;
  a.target = "_blank";
  a.rel = "noopener noreferrer nofollow";
  a.textContent = label;
  if (className) a.className = className;
  return a;
}
