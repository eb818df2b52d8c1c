// The server's time, and times in words: a tablet's own clock may be minutes off.
import { fill } from "../shared/dom.js";

const MINUTE = 60000;
let skew = 0; // how much the server's clock is ahead of this one, in milliseconds

/** What the server just said the time is. */
export function setNow(iso) {
  skew = new Date(iso) - Date.now();
}

export function now() {
  return Date.now() + skew;
}

/** Whole minutes from then until now; never less than none. */
export function minutesSince(iso) {
  return iso ? Math.max(0, Math.floor((now() - new Date(iso)) / MINUTE)) : 0;
}

/** Whole minutes from now until then; 0 or less when it is over. */
export function minutesUntil(iso) {
  return Math.floor((new Date(iso) - now()) / MINUTE);
}

/** "now", "12 min", "3 h", "5 d" */
export function ago(iso, words) {
  const minutes = minutesSince(iso);
  if (minutes < 1) return words.now;
  return minutes < 48 * 60 ? span(minutes, words) : fill(words.days, { n: Math.floor(minutes / 1440) });
}

/** "12 min", "3 h" */
export function until(iso, words) {
  return span(Math.max(0, minutesUntil(iso)), words);
}

function span(minutes, words) {
  return minutes < 60 ? fill(words.minutes, { n: minutes }) : fill(words.hours, { n: Math.floor(minutes / 60) });
}
