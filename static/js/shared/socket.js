// A websocket that comes back. What it says is a hint; whoever listens checks numbers and asks again.
const SILENCE = 25000; // the server's heart beats at least every 15 s
const WAITS = [300, 800, 1500, 3000, 5000, 8000];

export class Line {
  /** `hello()` gives the first words of every connection; `on(message)` hears everything; `state(name)` follows. */
  constructor(path, { hello, on, state }) {
    this.path = path;
    this.hello = hello;
    this.on = on;
    this.state = state;
    this.tries = 0;
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.drop());
    document.addEventListener("visibilitychange", () => document.hidden || this.retryNow());
    this.open();
  }

  get isOpen() {
    return Boolean(this.ws) && this.ws.readyState === 1;
  }

  open() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const ws = new WebSocket(`${scheme}//${location.host}${this.path}`);
    this.ws = ws;
    ws.onopen = () => ws === this.ws && (this.send(this.hello()), this.listen());
    ws.onmessage = (event) => {
      if (ws !== this.ws) return;
      this.listen();
      const message = JSON.parse(event.data);
      if (message.type === "ready") {
        this.tries = 0;
        this.state("open");
      }
      this.on(message);
    };
    ws.onclose = (event) => ws === this.ws && this.lost(event.code);
  }

  listen() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.drop(), SILENCE);
  }

  lost(code) {
    clearTimeout(this.watch);
    if (code >= 4400 && code < 4500) return this.state("refused", code);
    const wait = WAITS[Math.min(this.tries, WAITS.length - 1)] * (0.75 + Math.random() / 2);
    this.tries += 1;
    this.state(navigator.onLine ? "lost" : "offline");
    this.timer = setTimeout(() => this.open(), wait);
    return undefined;
  }

  drop() {
    const ws = this.ws;
    if (!ws || ws.readyState > 1) return;
    this.ws = null;
    ws.close();
    this.lost(1006);
  }

  retryNow() {
    if (this.ws && this.ws.readyState <= 1) return;
    this.tries = 0;
    this.open();
  }

  /** Whether it went out; nothing is kept here, the caller holds what must not be lost. */
  send(message) {
    if (!this.isOpen) return false;
    this.ws.send(JSON.stringify(message));
    return true;
  }
}
