// What the visitor wrote and the server has not acknowledged yet: kept, sent again, sent once.
const RETRY = 3000;
const RETRY_MOST = 60000;

// `hear` has sending(words), sent(words), failed(words, error), ended(words), changed().
class Outbox {
  constructor(wire, hear) {
    this.wire = wire;
    this.hear = hear;
    this.waiting = new Map();
  }
  put(words) {
    this.waiting.set(words.id, { tries: 0, ...words });
    this.hear.changed();
    return this.deliver(words.id);
  }
  // A message that came back from the server needs no sending any more.
  settle(id) {
    clearTimeout(this.waiting.get(id)?.timer);
    return this.waiting.delete(id);
  }
  clear() {
    for (const id of [...this.waiting.keys()]) this.settle(id);
  }
  deliverAll() {
    for (const id of this.waiting.keys()) this.deliver(id);
  }
  kept() {
    return [...this.waiting.values()].map(({ id, text, payload }) => ({ id, text, payload }));
  }

  async deliver(id) {
    const words = this.waiting.get(id);
    if (!words || words.busy) return;
    words.busy = true;
    clearTimeout(words.timer);
    this.hear.sending(words);
    try {
      await this.wire.send(words);
      this.settle(id);
      this.hear.sent(words);
      this.hear.changed();
    } catch (error) {
      this.failed(words, error);
    } finally {
      words.busy = false;
    }
  }
  failed(words, error) {
    if (error instanceof Ended) return this.hear.ended(words);
    if (!this.waiting.has(words.id)) return;
    this.hear.failed(words, error);
    if (error.final) return;
    words.tries += 1;
    const wait = Math.min(RETRY_MOST, RETRY * 2 ** words.tries) * (0.5 + Math.random() / 2);
    words.timer = setTimeout(() => this.deliver(words.id), wait);
  }
}
