import {
  type CloseInfo,
  type Connection,
  carrierOf,
  errorOf,
  type MessageWriter,
  type StreamCarrier,
} from '@webson/connection/internal';
import { ChannelCode, ChannelError } from '../channel-error.js';
import { encodeAccept, encodeEnd, encodeOpen, type Header, Kind } from '../wire/header.js';
import { MessageReader } from '../wire/message-reader.js';
import { ChannelEnds, type ChannelOwner, type ChannelParts, shown } from './channel-ends.js';

/** The close code for a peer that breaks the rules (RFC 6455 §7.4.1). */
const PROTOCOL_ERROR = 1002;

/** Most channels that one side of a connection may open in its life. */
const LAST_ID = 0xffff_fffe;

/** Who takes the channels that the peer opens. */
export interface ChannelListener {
  /** Most of them that are open at a time. */
  readonly maxChannels: number;
  readonly timeout: number;
  readonly idleTimeout: number;
  /** Calls the handler, whose promise is returned. */
  onOpen(ends: ChannelEnds): unknown;
}

interface Counted extends ChannelListener {
  /** Channels that are open. */
  taken: number;
}

const NO_STREAMS =
  'channels need streams: set enableStreams on both sides of the connection, and maxStreams to 3 or more';

const all = new WeakMap<Connection<unknown>, Channels>();

/**
 * The channels of one connection.
 *
 * Invariants:
 * - The side that dialled opens channels with odd ids, the other with even ones. No id is used twice in a life of the connection.
 * - Each side opens fewer than half as many as there are streams at a time; further ones wait. So there is always a stream to accept
 *   one with, and to refuse one.
 * - All messages of one type are of channels. They do not wait for handlers of the connection, nor these for them.
 * - A peer that breaks the rules of docs/CHANNELS.md fails the connection with 1002. What may cross on the wire breaks none.
 */
export class Channels implements ChannelOwner {
  readonly #carrier: ReturnType<typeof carrierOf> & StreamCarrier;
  readonly #type: number;
  readonly #open = new Map<number, ChannelEnds>();
  readonly #listeners = new Map<string | undefined, Counted>();
  #nextId: number;
  // Of the channels in `#open`: those that this side has begun, and those that wait to begin.
  #begun = 0;
  #waiting: { readonly ends: ChannelEnds; readonly header: Uint8Array }[] = [];
  // True while the end of the connection is listened to.
  #isWatching = false;
  // Grows with every end of the connection.
  #life = 0;

  private constructor(connection: Connection<unknown>, type: number) {
    this.#carrier = carrierOf(connection);
    this.#type = type;
    this.#nextId = this.#firstId;
    this.#carrier.take(type, (body) => void this.#receive(new MessageReader(body)));
  }

  /** The channels of a connection. @throws ConfigError when messages of the type have an action. */
  static of(connection: Connection<unknown>, type: number): Channels {
    let channels = all.get(connection);
    if (channels === undefined) {
      channels = new Channels(connection, type);
      all.set(connection, channels);
    }
    return channels;
  }

  get type(): number {
    return this.#type;
  }

  /**
   * Sets who takes the channels of a name that the peer opens; those of every name that nobody takes else if it is undefined.
   *
   * @returns false when somebody takes these already.
   */
  listen(name: string | undefined, listener: ChannelListener): boolean {
    if (this.#listeners.has(name)) return false;
    this.#listeners.set(name, { ...listener, taken: 0 });
    return true;
  }

  /** Nobody takes the channels of that name any more. */
  leave(name: string | undefined): void {
    this.#listeners.delete(name);
  }

  /**
   * Opens a channel.
   *
   * @throws NotReadyError before the connection is started, ClosedError when it is closing, ChannelError `NO_STREAMS`, RangeError
   *   for a name or meta that is too long.
   */
  open(parts: Omit<ChannelParts, 'id' | 'isOpener'>): ChannelEnds {
    const id = this.#nextId;
    if (id > LAST_ID) throw new RangeError(`${LAST_ID / 2} channels were opened on this connection: dial another`);
    const header = encodeOpen(id, parts.name, parts.meta);
    this.#carrier.sendable();
    const most = this.#mostOwn;
    if (most === 0) throw new ChannelError('NO_STREAMS', NO_STREAMS);
    this.#watch();
    const ends = new ChannelEnds({ ...parts, id, isOpener: true }, this);
    this.#nextId += 2;
    this.#open.set(id, ends);
    this.#waiting.push({ ends, header });
    this.#beginWaiting(most);
    return ends;
  }

  begin(ends: ChannelEnds): MessageWriter {
    return this.#write(ends, encodeAccept(ends.id));
  }

  giveUp(ends: ChannelEnds, code: number, reason: string): void {
    // Of a channel that has not begun the peer does not know.
    if (ends.isOpener && !ends.hasBegun) return;
    const isRefused = !ends.isOpener && !ends.isAccepted;
    this.#tell(isRefused ? Kind.Refuse : Kind.Reset, ends.id, code, reason);
  }

  forget(ends: ChannelEnds): void {
    // What a channel has left is read behind the end of its connection: by then, its id may be that of another one.
    if (this.#open.get(ends.id) !== ends) return;
    this.#open.delete(ends.id);
    ends.onForgotten?.();
    if (ends.isOpener && ends.hasBegun) this.#begun--;
    this.#beginWaiting(this.#mostOwn);
  }

  // Half of the streams are for what the peer opens, or both sides could wait for one to accept with. One is for refusals.
  get #mostOwn(): number {
    return Math.max(0, Math.floor((this.#carrier.maxStreams - 1) / 2));
  }

  #beginWaiting(most: number): void {
    while (this.#begun < most && this.#carrier.isOpen) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (!this.#open.has(next.ends.id)) continue;
      this.#begun++;
      next.ends.writer = this.#write(next.ends, next.header);
    }
  }

  get #firstId(): number {
    return this.#carrier.isClient ? 1 : 2;
  }

  #write(ends: ChannelEnds, header: Uint8Array): MessageWriter {
    const writer = this.#carrier.writer(this.#type, () => void ends.onStop());
    writer.write(header);
    return writer;
  }

  // A message that cannot be sent any more is owed to nobody.
  #tell(kind: typeof Kind.Refuse | typeof Kind.Reset, id: number, code: number, reason: string): void {
    if (this.#carrier.isOpen) this.#carrier.sendable().send(this.#type, encodeEnd(kind, id, code, reason));
  }

  // A connection that dials again begins anew.
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#carrier.whenEnded((info) => this.#onEnd(info));
  }

  #onEnd(info: CloseInfo): void {
    this.#isWatching = false;
    this.#life++;
    const lost = [...this.#open.values()];
    this.#open.clear();
    this.#begun = 0;
    this.#waiting = [];
    this.#nextId = this.#firstId;
    for (const ends of lost) {
      ends.onForgotten?.();
      ends.lose(errorOf(info));
    }
  }

  async #receive(reader: MessageReader): Promise<void> {
    this.#watch();
    const life = this.#life;
    let header: Header;
    try {
      header = await reader.header();
      // Its connection may have ended meanwhile, and another one may be there.
      if (life !== this.#life) return;
    } catch (error) {
      // Any other error says that the message was cancelled, or that the connection has ended.
      if (error instanceof ChannelError) this.#fail(error.message);
      return;
    }
    switch (header.kind) {
      case Kind.Open:
        this.#onOpen(header.id, header.name, header.meta, reader);
        break;
      case Kind.Accept:
        this.#onAccept(header.id, reader);
        break;
      default: {
        const isRefusal = header.kind === Kind.Refuse;
        this.#onGivenUp(header.id, isRefusal, header.code, header.reason);
        reader.stop();
      }
    }
  }

  #onOpen(id: number, name: string, meta: unknown, reader: MessageReader): void {
    if (this.#isOurs(id) || this.#open.has(id)) {
      this.#fail(`a channel opened with id ${id}`);
      return;
    }
    const listener = this.#listeners.get(name) ?? this.#listeners.get(undefined);
    if (listener === undefined || listener.taken >= listener.maxChannels) {
      if (listener === undefined)
        this.#tell(Kind.Refuse, id, ChannelCode.NoListener, 'nobody takes channels of that name');
      else this.#tell(Kind.Refuse, id, ChannelCode.TooMany, `${listener.maxChannels} channels are open`);
      reader.stop();
      return;
    }
    const { timeout, idleTimeout } = listener;
    const ends = new ChannelEnds({ id, name, meta, isOpener: false, timeout, idleTimeout }, this);
    ends.reader = reader;
    this.#open.set(id, ends);
    listener.taken++;
    ends.onForgotten = () => {
      listener.taken--;
    };
    void this.#handle(ends, listener);
  }

  async #handle(ends: ChannelEnds, listener: ChannelListener): Promise<void> {
    try {
      await listener.onOpen(ends);
      ends.accept();
    } catch (error) {
      ends.abort(error);
      // An error of a channel says what the handler wanted to say.
      if (!(error instanceof ChannelError)) this.#carrier.hear(error);
    }
  }

  #onAccept(id: number, reader: MessageReader): void {
    const ends = this.#open.get(id);
    if (!this.#isUsed(id) || ends?.isAccepted === true) this.#fail(`channel ${id} accepted`);
    else if (ends === undefined) reader.stop();
    else ends.reader = reader;
  }

  #onGivenUp(id: number, isRefusal: boolean, code: number, reason: string): void {
    const ends = this.#open.get(id);
    if (isRefusal && (!this.#isUsed(id) || ends?.isAccepted === true)) {
      this.#fail(`channel ${id} refused`);
      return;
    }
    const what = isRefusal ? 'refused' : 'given up';
    const errorCode = isRefusal ? 'CHANNEL_REFUSED' : 'CHANNEL_RESET';
    ends?.fail(new ChannelError(errorCode, `the peer has ${what} the channel: ${shown(code, reason)}`, code, reason));
  }

  #isOurs(id: number): boolean {
    return id % 2 === this.#firstId % 2;
  }

  #isUsed(id: number): boolean {
    return this.#isOurs(id) && id < this.#nextId;
  }

  #fail(what: string): void {
    const message = `channels: ${what}`;
    this.#carrier.fail(PROTOCOL_ERROR, message, new ChannelError('CHANNEL_PROTOCOL', message));
  }
}
