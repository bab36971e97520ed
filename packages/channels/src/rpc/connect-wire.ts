import type { ChannelEnds } from '../channel/channel-ends.js';
import { RpcError } from './rpc-error.js';

/** Names and values of the fields of a header. */
export type Fields = readonly (readonly [string, string])[];

/** What the `meta` of a call's channel says. */
export interface CallHead {
  /** Of the procedure: `/package.Service/Method`. */
  readonly path: string;
  readonly method: string;
  readonly header: Fields;
}

/** What comes before the bytes of a response: four bytes of its length, big-endian, and then this as JSON. */
export interface ResponseHead {
  readonly status: number;
  readonly header: Fields;
}

/** Bytes of a length. */
const LENGTH = 4;
/** Most bytes of the head of a response as JSON. */
const MAX_HEAD = 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the peer has sent as the head of a call; undefined when it is none. */
export function callHeadOf(meta: unknown): CallHead | undefined {
  const { path, method, header } = (meta ?? {}) as Partial<CallHead>;
  if (typeof path !== 'string' || typeof method !== 'string' || !areFields(header)) return undefined;
  return { path, method, header };
}

/** @throws RpcError `RPC_MESSAGE_TOO_LARGE` for more than 1 MiB. */
export function encodeResponseHead(head: ResponseHead): Uint8Array {
  const json = encoder.encode(JSON.stringify(head));
  checkLength('this is', json.length);
  const bytes = new Uint8Array(LENGTH + json.length);
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, LENGTH);
  return bytes;
}

/**
 * Reads the head of a response, and what has come behind it.
 *
 * Rejects with RpcError `RPC_MALFORMED` when it is none, `RPC_MESSAGE_TOO_LARGE` for more than 1 MiB, and as reading does.
 */
export async function readResponseHead(ends: ChannelEnds): Promise<{ head: ResponseHead; rest: Uint8Array }> {
  let memory: Uint8Array = new Uint8Array(0);
  let have = 0;
  for (;;) {
    const piece = await ends.read();
    if (piece === undefined) throw malformed(`it has ended after ${have} bytes`);
    if (have === 0) memory = piece;
    else {
      if (have + piece.length > memory.length) memory = grown(memory, have, 2 * (have + piece.length));
      memory.set(piece, have);
    }
    have += piece.length;
    if (have < LENGTH) continue;
    const end = LENGTH + new DataView(memory.buffer, memory.byteOffset).getUint32(0);
    checkLength('the peer has sent', end - LENGTH);
    if (have < end) continue;
    return { head: responseHeadOf(memory.subarray(LENGTH, end)), rest: memory.subarray(end, have) };
  }
}

function responseHeadOf(json: Uint8Array): ResponseHead {
  let head: Partial<ResponseHead> | null;
  try {
    head = JSON.parse(decoder.decode(json)) as typeof head;
  } catch {
    throw malformed('it is not JSON');
  }
  const { status, header } = head ?? {};
  if (!Number.isInteger(status) || !areFields(header)) throw malformed('it has no status and header');
  return { status: status as number, header };
}

function areFields(header: unknown): header is Fields {
  return Array.isArray(header) && header.every(isField);
}

function isField(field: unknown): boolean {
  return Array.isArray(field) && field.length === 2 && typeof field[0] === 'string' && typeof field[1] === 'string';
}

function checkLength(who: string, length: number): void {
  if (length <= MAX_HEAD) return;
  throw new RpcError('RPC_MESSAGE_TOO_LARGE', `${who} the head of a response of ${length} bytes; ${MAX_HEAD} are most`);
}

function malformed(what: string): RpcError {
  return new RpcError('RPC_MALFORMED', `the peer has sent no head of a response: ${what}`);
}

function grown(bytes: Uint8Array, have: number, length: number): Uint8Array {
  const memory = new Uint8Array(length);
  memory.set(bytes.subarray(0, have));
  return memory;
}
