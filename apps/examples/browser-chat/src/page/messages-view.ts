import type { Entry, SharedFile } from '../shared/protocol.js';
import { button, create, find } from './elements.js';
import { formatSize } from './format.js';
import type { Unsent } from './outbox.js';

/** Entries that are shown, at most: the oldest ones make room. */
const MAX_SHOWN = 1000;
/** Messages of one author within so many ms stand under one name. */
const TOGETHER = 300_000;
/** So many pixels from its end, the log counts as read to its end. */
const NEAR = 60;

/** What somebody can do with the messages. */
export interface MessageActions {
  onDownload(file: SharedFile): void;
  onAgain(key: string): void;
  onDiscard(key: string): void;
}

/** Shows what was said and shared, and what waits to be sent. */
export class MessagesView {
  readonly #log = find('log', HTMLElement);
  readonly #entries = find('entries', HTMLOListElement);
  readonly #unsent = find('unsent', HTMLOListElement);
  readonly #latest = find('latest', HTMLButtonElement);
  readonly #actions: MessageActions;

  constructor(actions: MessageActions) {
    this.#actions = actions;
    // What scrolls must be reached by the keyboard.
    this.#log.tabIndex = 0;
    this.#latest.addEventListener('click', () => {
      this.#toEnd();
      this.#log.focus();
    });
    this.#log.addEventListener('scroll', () => {
      if (this.#isAtEnd()) this.#latest.hidden = true;
    });
  }

  /** While it is filled with what was said before, nothing of that is read out. */
  set isFilling(isFilling: boolean) {
    this.#log.setAttribute('aria-busy', `${isFilling}`);
  }

  /** Shows an entry at its place. @param own whether it is of this page's user. */
  show(entry: Entry, own: boolean): void {
    const wasAtEnd = this.#isAtEnd();
    let next: Element | null = null;
    for (let at = this.#entries.lastElementChild; at instanceof HTMLElement; at = at.previousElementSibling) {
      if (Number(at.dataset.number) < entry.number) break;
      next = at;
    }
    const row = this.#row(entry, own);
    this.#entries.insertBefore(row, next);
    joinTo(row.previousElementSibling, row);
    joinTo(row, next);
    while (this.#entries.children.length > MAX_SHOWN) this.#entries.firstElementChild?.remove();
    if (wasAtEnd || own) this.#toEnd();
    else this.#latest.hidden = false;
  }

  /** Says that something is missing at the end of what is shown. */
  showGap(text: string): void {
    const row = create('li', 'gap', text);
    row.dataset.number = (this.#entries.lastElementChild as HTMLElement | null)?.dataset.number ?? '0';
    this.#entries.append(row);
  }

  /** Shows nothing any more. */
  clear(): void {
    this.#entries.replaceChildren();
    this.#latest.hidden = true;
  }

  /** Shows what waits to be sent. */
  showUnsent(items: readonly Unsent[]): void {
    const wasAtEnd = this.#isAtEnd();
    const hadFocus = this.#unsent.contains(document.activeElement);
    this.#unsent.replaceChildren(...items.map((item) => this.#unsentRow(item)));
    this.#unsent.hidden = items.length === 0;
    if (wasAtEnd) this.#toEnd();
    if (hadFocus) find('text', HTMLTextAreaElement).focus();
  }

  #row({ number, time, author, text, file }: Entry, own: boolean): HTMLLIElement {
    const row = create('li', own ? 'entry own' : 'entry');
    row.dataset.number = `${number}`;
    row.dataset.author = author;
    row.dataset.time = `${time}`;
    const name = create('b', 'author', author);
    name.dir = 'auto';
    const when = create('time', '', new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
    when.dateTime = new Date(time).toISOString();
    const head = create('p', 'entry-head');
    head.append(name, ' ', when);
    row.append(head);
    if (text !== undefined) row.append(textOf(text));
    if (file !== undefined) row.append(this.#fileOf(file));
    return row;
  }

  #fileOf(file: SharedFile): HTMLElement {
    const card = create('div', 'file');
    const name = create('b', 'file-name', file.name);
    name.dir = 'auto';
    const hash = create('p', 'file-hash', 'SHA-256 ');
    hash.append(create('code', 'hash', file.sha256));
    const title = create('p', 'file-title');
    title.append(name, ' ', create('span', 'note', formatSize(file.size)));
    card.append(
      title,
      button('Download', () => this.#actions.onDownload(file), `Download ${file.name}`),
      hash,
    );
    return card;
  }

  #unsentRow({ key, text, state, reason }: Unsent): HTMLLIElement {
    const row = create('li', 'entry own');
    row.dataset.state = state;
    const note = create('p', 'entry-head');
    row.append(note, textOf(text));
    if (state === 'waiting') note.textContent = 'Waiting for the connection';
    if (state === 'sending') note.textContent = 'Sending';
    if (state === 'refused') note.textContent = `Not sent: ${reason}`;
    if (state === 'unsure') note.textContent = 'Perhaps not sent: the connection broke, and the history does not tell';
    if (state === 'refused' || state === 'unsure') {
      const buttons = create('div', 'buttons');
      buttons.append(
        button('Send again', () => this.#actions.onAgain(key)),
        button('Discard', () => this.#actions.onDiscard(key)),
      );
      row.append(buttons);
    }
    return row;
  }

  #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#latest.hidden = true;
  }
}

function textOf(text: string): HTMLParagraphElement {
  const paragraph = create('p', 'text', text);
  paragraph.dir = 'auto';
  return paragraph;
}

// The name is shown once for messages that follow one another closely.
function joinTo(before: Element | null, row: Element | null): void {
  if (!(row instanceof HTMLElement)) return;
  const isTogether =
    before instanceof HTMLElement &&
    before.dataset.author === row.dataset.author &&
    Number(row.dataset.time) - Number(before.dataset.time) < TOGETHER;
  row.classList.toggle('joined', isTogether);
}
