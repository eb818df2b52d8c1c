// What survives a reload: the session, the draft, what was written and not yet taken.
export class Store {
  constructor(merchant) {
    this.prefix = `chatshop.${merchant}.`;
    this.memory = {};
  }

  get(key, otherwise) {
    try {
      const value = localStorage.getItem(this.prefix + key);
      return value === null ? (this.memory[key] ?? otherwise) : JSON.parse(value);
    } catch {
      return this.memory[key] ?? otherwise; // storage is closed to us in some embedded pages
    }
  }

  set(key, value) {
    this.memory[key] = value;
    try {
      if (value === null) localStorage.removeItem(this.prefix + key);
      else localStorage.setItem(this.prefix + key, JSON.stringify(value));
    } catch {
      // memory holds it for this visit
    }
  }
}
