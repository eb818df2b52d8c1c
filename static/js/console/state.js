// What the console knows: rows of the queue, messages by thread and number, what waits to be sent.
export class State {
  constructor(user) {
    this.user = user;
    this.rows = new Map(); // conversation id → row
    this.threads = new Map(); // conversation id → {messages: Map(seq), events: Map(id), hasMore}
    this.pending = new Map(); // client_id → {thread, text, kind, waits, why, at}
    this.listSeq = 0;
    this.team = []; // who takes chats, and how many they have
  }

  setList(rows) {
    this.rows = new Map(rows.map((row) => [row.id, row]));
  }

  thread(id) {
    if (!this.threads.has(id)) this.threads.set(id, { messages: new Map(), events: new Map(), hasMore: false, loaded: false });
    return this.threads.get(id);
  }

  /** All conversations of the same person, busiest first: one timeline to the eye. */
  siblings(id) {
    const row = this.rows.get(id);
    if (!row) return [];
    return [...this.rows.values()].filter((other) => other.customer === row.customer).sort((a, b) => (b.last_at || "").localeCompare(a.last_at || ""));
  }

  /** One entry per person. */
  people() {
    const found = new Map();
    for (const row of this.rows.values()) {
      const known = found.get(row.customer);
      if (!known) found.set(row.customer, { ...row, ids: [row.id], channels: [row.channel] });
      else {
        known.ids.push(row.id);
        known.channels.push(row.channel);
        const waiting = [known.waiting_since, row.waiting_since].filter(Boolean).sort()[0] || "";
        const newer = (row.last_at || "") > (known.last_at || "") ? row : known;
        const unanswered = [known.unanswered_since, row.unanswered_since].filter(Boolean).sort()[0] || "";
        Object.assign(known, { ...newer, ids: known.ids, channels: known.channels, waiting_since: waiting, unanswered_since: unanswered, name: known.name || row.name, asked_by_name: known.asked_by_name || row.asked_by_name, offer: known.offer || row.offer });
      }
    }
    return [...found.values()];
  }

  /** What a packet of the server changes. Coming twice changes nothing. */
  take(packet) {
    if (packet.list_seq) this.listSeq = Math.max(this.listSeq, packet.list_seq);
    if (packet.row) this.rows.set(packet.row.id, packet.row);
    const open = this.threads.get(packet.thread);
    if (!open) return;
    if (packet.type === "message") this.message(open, packet);
    if (packet.event) {
      open.events.set(packet.event.id, packet.event);
      if (packet.event.kind === "state") this.receipt(open, packet.event);
    }
  }

  message(open, packet) {
    if (packet.client_id) this.pending.delete(packet.client_id);
    const { row, event, type, list_seq: listSeq, ...message } = packet;
    open.messages.set(message.seq, { ...open.messages.get(message.seq), ...message });
  }

  /** A web chat's receipt speaks for everything before it too. */
  receipt(open, event) {
    const state = event.data && event.data.state;
    if (!event.seq || (state !== "delivered" && state !== "read") || !event.data.up_to) return;
    for (const message of open.messages.values()) {
      if (message.author === "shopper" || message.seq > event.seq) continue;
      if (message.state === "accepted" || message.state === "sent" || message.state === "delivered") message.state = state === "read" ? "read" : "delivered";
    }
  }

  history(packet) {
    const open = this.thread(packet.thread);
    for (const message of packet.messages) this.message(open, message);
    for (const event of packet.events) open.events.set(event.id, event);
    if (packet.is_older || !open.loaded) open.hasMore = packet.has_more;
    open.loaded = true;
  }

  heads() {
    const heads = {};
    for (const [id, open] of this.threads) if (open.loaded) heads[id] = Math.max(0, ...open.messages.keys());
    return heads;
  }
}
