/** Messages that wait at a time, at most. */
const MAX_WAITING = 50;

/** A message that was typed and is not in the history yet. */
export interface Unsent {
  readonly key: string;
  readonly text: string;
  /** `unsure`: it was sent, and whether it arrived cannot be found out any more. */
  readonly state: 'waiting' | 'sending' | 'refused' | 'unsure';
  /** Whether it was sent at least once. */
  readonly wasSent: boolean;
  /** Why it was refused, for people. */
  readonly reason: string;
}

/**
 * The messages that this page has yet to get rid of, in their order. One is sent at a time: the next when the server has it.
 *
 * One that was under way when the connection broke is sent again, under the same key: the server says it once.
 */
export class Outbox {
  #items: readonly Unsent[];
  readonly #onChange: (items: readonly Unsent[]) => void;

  /** @param saved what {@link Outbox.items} was when the page was left. */
  constructor(saved: readonly Unsent[], onChange: (items: readonly Unsent[]) => void) {
    this.#items = saved;
    this.#onChange = onChange;
    this.lost();
  }

  get items(): readonly Unsent[] {
    return this.#items;
  }

  /** Takes a message in; false when too many wait. */
  add(key: string, text: string): boolean {
    if (this.#items.length >= MAX_WAITING) return false;
    this.#change([...this.#items, { key, text, state: 'waiting', wasSent: false, reason: '' }]);
    return true;
  }

  /** The message that is to be sent now; undefined for none. */
  next(): Unsent | undefined {
    if (this.#items.some(({ state }) => state === 'sending')) return undefined;
    const next = this.#items.find(({ state }) => state === 'waiting');
    if (next !== undefined) this.#set(next.key, { state: 'sending', wasSent: true });
    return next;
  }

  /** The message is in the history. Returns whether it was here. */
  done(key: string): boolean {
    const left = this.#items.filter((item) => item.key !== key);
    const was = left.length < this.#items.length;
    if (was) this.#change(left);
    return was;
  }

  /** The server does not take it. Returns whether it was here. */
  refuse(key: string, reason: string): boolean {
    return this.#set(key, { state: 'refused', reason });
  }

  /** The connection has ended: whether what was under way has arrived is not known. */
  lost(): void {
    for (const { key, state } of this.#items) if (state === 'sending') this.#set(key, { state: 'waiting' });
  }

  /** Part of the history is not kept any more: a message that was sent may be in there, and would be said twice. */
  gap(): void {
    for (const { key, state, wasSent } of this.#items) {
      if (wasSent && state === 'waiting') this.#set(key, { state: 'unsure' });
    }
  }

  /** Somebody wants it sent all the same. */
  again(key: string): void {
    this.#set(key, { state: 'waiting', wasSent: false, reason: '' });
  }

  #set(key: string, changes: Partial<Unsent>): boolean {
    if (!this.#items.some((item) => item.key === key)) return false;
    this.#change(this.#items.map((item) => (item.key === key ? { ...item, ...changes } : item)));
    return true;
  }

  #change(items: readonly Unsent[]): void {
    this.#items = items;
    this.#onChange(items);
  }
}
