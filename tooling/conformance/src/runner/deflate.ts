import { type ConnectionOptions, MessageType } from 'webson';
import { closePayload, frame, type Role } from '../case.js';
import type { DeflateCase, DeflateWish } from '../cases/deflate.js';
import { BareDeflater, BareInflater, type DeflateSide } from '../wire/deflate.js';
import { type Frame, frameSize, writeFrame } from '../wire/frame.js';
import { Random } from '../wire/random.js';
import type { Item } from '../wire/reader.js';
import { echoInTurn } from './echo.js';
import type { Outcome } from './memory.js';
import { openSession, type Session } from './session.js';

const PATIENCE = 60_000;
const NAME = 'permessage-deflate';
const RSV1 = 4;
/** Bytes below which a message may be as short as it gets. */
const SHORT = 256;

/** Runs a case once over TCP, against an endpoint made by `serve` or `dial`. */
export async function runDeflate(testCase: DeflateCase, role: Role): Promise<Outcome> {
  const run = new Run(testCase, role);
  try {
    await run.play();
    return { executions: 1 };
  } catch (error) {
    return { executions: 1, failure: `${role}, on sockets: ${(error as Error).message}` };
  } finally {
    await run.stop();
  }
}

/** One connection, from its handshake to its end. */
class Run {
  readonly #case: DeflateCase;
  readonly #role: Role;
  readonly #keys = new Random(7);
  #session: Session | undefined;
  #inflater: BareInflater | undefined;
  #replies = 0;
  #compressed = 0;
  #hasClosed = false;

  constructor(testCase: DeflateCase, role: Role) {
    this.#case = testCase;
    this.#role = role;
  }

  async play(): Promise<void> {
    const { wishes, count } = this.#case;
    const session = await openSession(this.#role, {
      options:
        this.#role === 'server' ? { enableCompress: { threshold: 0, contextTakeover: true } } : clientOptions(wishes),
      setup: (connection) => echoInTurn(connection, () => {}),
      onItem: (item) => this.#onItem(item),
      extensions: { offer: wishes.map(offerOf).join(', '), answer: (offered) => answerTo(offered, wishes) },
    });
    this.#session = session;
    const sides = sidesOf(session.agreed);
    if (this.#role === 'server') checkAnswer(session.agreed, wishes[0]!);
    const [ours, theirs] = this.#role === 'server' ? [sides.client, sides.server] : [sides.server, sides.client];
    this.#inflater = new BareInflater(theirs);
    await this.#send(new BareDeflater(ours));
    const { peer, info } = session;
    await peer.until(
      () => this.#replies === count,
      () => `${count} replies, of which ${this.#replies} came`,
      PATIENCE,
    );
    if (this.#case.data.compresses && this.#case.size >= SHORT && this.#compressed < count) {
      throw new Error(`${count - this.#compressed} of ${count} replies were not compressed`);
    }
    await this.#write(frame(MessageType.Close, closePayload(1000)));
    await peer.until(
      () => this.#hasClosed,
      () => 'Close',
      PATIENCE,
    );
    peer.socket.end();
    const { code, wasClean } = await info;
    if (code !== 1000 || !wasClean) throw new Error(`CloseInfo ${code}, ${wasClean ? 'clean' : 'not clean'}`);
  }

  async stop(): Promise<void> {
    await this.#session?.stop();
  }

  async #send(deflater: BareDeflater): Promise<void> {
    const { data, count, size, fragment = Number.POSITIVE_INFINITY } = this.#case;
    const type = data.isText ? MessageType.Text : MessageType.Binary;
    for (let i = 0; i < count; i++) {
      const payload = deflater.deflate(this.#message(i, size));
      for (let at = 0; at < payload.length; at += fragment) {
        const part = payload.subarray(at, at + fragment);
        const isFirst = at === 0;
        const fin = at + part.length === payload.length;
        await this.#write(frame(isFirst ? type : 0, part, { fin, rsv: isFirst ? RSV1 : 0 }));
      }
    }
  }

  // A few different ones, one of them empty, in turn.
  #message(i: number, size: number): Uint8Array {
    return i % 8 === 7 ? new Uint8Array(0) : this.#case.data.make(size, (i % 8) + 1);
  }

  async #write(sent: Frame): Promise<void> {
    const { socket } = this.#session!.peer;
    const masked = this.#role === 'server';
    const bytes = new Uint8Array(frameSize(sent, masked));
    const key = Uint8Array.from({ length: 4 }, () => this.#keys.between(0, 255));
    writeFrame(bytes, 0, sent, masked ? key : undefined);
    if (!socket.write(bytes)) await new Promise((resolve) => socket.once('drain', resolve));
  }

  #onItem({ type, payload, isCompressed = false }: Item): void {
    if (type === MessageType.Close) {
      this.#hasClosed = true;
      return;
    }
    const expected = this.#message(this.#replies, this.#case.size);
    const content = isCompressed ? this.#inflater!.inflate(payload) : payload;
    if (isCompressed && payload.length >= expected.length)
      throw new Error('sent a message compressed that did not shrink');
    if (Buffer.compare(content, expected) !== 0) throw new Error(`reply ${this.#replies} is not what was sent`);
    if (isCompressed || expected.length === 0) this.#compressed++;
    this.#replies++;
  }
}

function offerOf({ noTakeover, windowBits }: DeflateWish): string {
  const takeover = noTakeover ? '; server_no_context_takeover' : '';
  const bits = windowBits === undefined ? '' : `; server_max_window_bits=${windowBits}`;
  return `${NAME}; client_max_window_bits${takeover}${bits}`;
}

/** A client with the same wishes of the peer, which then asks for the same of it. */
function clientOptions([wish]: readonly DeflateWish[]): ConnectionOptions {
  const { noTakeover, windowBits } = wish!;
  return {
    enableCompress: { threshold: 0, contextTakeover: !noTakeover, ...(windowBits === undefined ? {} : { windowBits }) },
  };
}

function answerTo(offered: string, [wish]: readonly DeflateWish[]): string {
  const offer = paramsOf(offered);
  const { noTakeover, windowBits } = wish!;
  const serverBits = offer.get('server_max_window_bits');
  return [
    NAME,
    ...(offer.has('server_no_context_takeover') ? ['server_no_context_takeover'] : []),
    ...(noTakeover ? ['client_no_context_takeover'] : []),
    ...(serverBits === undefined ? [] : [`server_max_window_bits=${serverBits}`]),
    ...(windowBits === undefined || !offer.has('client_max_window_bits')
      ? []
      : [`client_max_window_bits=${windowBits}`]),
  ].join('; ');
}

/** The parameters of the first extension. */
function paramsOf(header: string): Map<string, string> {
  const [name, ...params] = header
    .split(',')[0]!
    .split(';')
    .map((part) => part.trim());
  if (name !== NAME) throw new Error(`${JSON.stringify(header)} instead of ${NAME}`);
  return new Map(params.map((param) => param.split('=', 2).map((part) => part.trim()) as [string, string]));
}

function sidesOf(agreed: string): { client: DeflateSide; server: DeflateSide } {
  const params = paramsOf(agreed);
  const side = (name: string): DeflateSide => ({
    takeover: !params.has(`${name}_no_context_takeover`),
    windowBits: Number(params.get(`${name}_max_window_bits`) ?? 15),
  });
  return { client: side('client'), server: side('server') };
}

function checkAnswer(agreed: string, { noTakeover, windowBits }: DeflateWish): void {
  const { server } = sidesOf(agreed);
  if (noTakeover && server.takeover) throw new Error(`answered ${agreed}, without server_no_context_takeover`);
  if (windowBits !== undefined && server.windowBits > windowBits)
    throw new Error(`answered ${agreed}, a larger window`);
}
