import type { Message } from 'webson';
import { type Entry, PATH, type Refused, Type, textProblem, type Welcome } from '../shared/protocol.js';
import { ChatConnection, type ChatListener, type Standing } from './chat-connection.js';
import { announce } from './elements.js';
import { createKey } from './key.js';
import { MembersView } from './members-view.js';
import { MessagesView } from './messages-view.js';
import { Outbox, type Unsent } from './outbox.js';
import { RoundTripView } from './round-trip-view.js';
import { StatusView } from './status-view.js';
import { load, store } from './storage.js';
import { Timeline } from './timeline.js';
import { Transfers } from './transfers.js';
import { TransfersView } from './transfers-view.js';

/** One stay in the chat, under one name: what comes is shown, what is typed is sent as soon as it can be. */
export class Session implements ChatListener {
  readonly #name: string;
  readonly #onEnded: (reason: string) => void;
  readonly #timeline = new Timeline();
  readonly #messages: MessagesView;
  readonly #members = new MembersView();
  readonly #status = new StatusView();
  readonly #roundTrips: RoundTripView;
  readonly #outbox: Outbox;
  readonly #transfers: Transfers;
  readonly #connection: ChatConnection;
  #isWelcome = false;
  // The number of the last entry that was there when the connection was opened.
  #last = 0;

  /** @param onEnded called when the server does not want this page back. */
  constructor(name: string, onEnded: (reason: string) => void) {
    this.#name = name;
    this.#onEnded = onEnded;
    this.#messages = new MessagesView({
      onDownload: (file) => this.#transfers.download(file),
      onAgain: (key) => {
        this.#outbox.again(key);
        this.#sendNext();
      },
      onDiscard: (key) => this.#outbox.done(key),
    });
    const transfersView = new TransfersView();
    this.#transfers = new Transfers(
      () => this.#connection,
      (transfer) => transfersView.update(transfer),
    );
    transfersView.bind(this.#transfers);
    this.#outbox = new Outbox(savedMessages(), (items) => {
      store('sessionStorage', 'unsent', items);
      this.#messages.showUnsent(items);
    });
    this.#messages.showUnsent(this.#outbox.items);
    this.#roundTrips = new RoundTripView(() => this.#connection);
    const secret = secretOfBrowser();
    this.#connection = new ChatConnection(() => {
      // The server sends what comes after the last entry that this page has.
      const { room, complete } = this.#timeline;
      return `${PATH}?${new URLSearchParams({ name, secret, room, since: `${complete}` })}`;
    }, this);
  }

  /** Says something. Returns why that cannot be, or undefined. */
  say(text: string): string | undefined {
    const problem = textProblem(text);
    if (problem !== undefined) return problem;
    if (!this.#outbox.add(createKey(), text)) return 'too many messages wait already';
    this.#sendNext();
    return undefined;
  }

  /** Shares a file. */
  share(file: File): void {
    this.#transfers.upload(file);
  }

  /** Leaves the chat. What is under way is given up. */
  async close(): Promise<void> {
    this.#roundTrips.close();
    store('sessionStorage', 'unsent', undefined);
    this.#transfers.clear();
    this.#messages.clear();
    await this.#connection.close();
  }

  onStanding(standing: Standing): void {
    this.#status.show(standing);
    if (standing.state === 'ended') this.#onEnded(standing.reason);
  }

  onWelcome(welcome: Welcome): void {
    const { isNew, missing } = this.#timeline.welcome(welcome);
    if (isNew) this.#messages.clear();
    if (missing > 0) {
      this.#messages.showGap(`${missing} ${missing === 1 ? 'entry is' : 'entries are'} not kept any more`);
      this.#outbox.gap();
    }
    this.#last = welcome.last;
    this.#messages.isFilling = this.#timeline.complete < this.#last;
    this.#isWelcome = true;
    this.#sendNext();
    this.#transfers.open();
    this.#roundTrips.probe();
  }

  onEntry(entry: Entry): void {
    this.#transfers.arrived(entry);
    const isOwn = entry.author === this.#name;
    if (isOwn && this.#outbox.done(entry.key)) this.#sendNext();
    if (this.#timeline.add(entry)) this.#messages.show(entry, isOwn);
    this.#messages.isFilling = this.#timeline.complete < this.#last;
  }

  onMembers(names: readonly string[]): void {
    this.#members.show(names, this.#name);
  }

  onRefused(refused: Refused): void {
    if (this.#transfers.refused(refused)) return;
    if (this.#outbox.refuse(refused.key, refused.reason)) {
      announce(`A message was not sent: ${refused.reason}`);
      this.#sendNext();
    } else {
      announce(refused.reason);
    }
  }

  onFile(message: Message): Promise<void> {
    return this.#transfers.receive(message);
  }

  onProbe(): void {
    this.#roundTrips.arrived();
  }

  onLost(): void {
    this.#isWelcome = false;
    this.#outbox.lost();
    this.#transfers.lost();
    this.#roundTrips.lost();
    this.#members.forget();
  }

  #sendNext(): void {
    if (!this.#isWelcome) return;
    const next = this.#outbox.next();
    if (next === undefined) return;
    const { key, text } = next;
    // When it cannot be sent the connection is about to end, and the outbox is told so.
    this.#connection.send(Type.Chat, JSON.stringify({ key, text }));
  }
}

// Shows the server that who comes back is the one who was here.
function secretOfBrowser(): string {
  const stored = load('localStorage', 'secret');
  if (typeof stored === 'string') return stored;
  const secret = createKey();
  store('localStorage', 'secret', secret);
  return secret;
}

function savedMessages(): readonly Unsent[] {
  const saved = load('sessionStorage', 'unsent');
  return Array.isArray(saved) ? (saved as Unsent[]) : [];
}
