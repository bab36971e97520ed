import { isUtf8 } from 'node:buffer';
import type { CloseInfo } from 'webson';
import type { Item } from '../wire/reader.js';
import type { Due, Script } from './script.js';

const NAMES: Readonly<Record<number, string>> = { 1: 'text', 2: 'binary', 8: 'Close', 9: 'Ping', 10: 'Pong' };

/** Holds what happens against what is due. Everything that differs is an Error that says how. */
export class Ledger {
  readonly #script: Script;
  #delivered = 0;
  #sent = 0;
  /** Bytes the peer has sent so far. */
  fed = 0;
  /** How many times our application has closed. */
  closes = 0;

  constructor(script: Script) {
    this.#script = script;
  }

  /** True when the case is decided, as far as the bytes so far go. */
  get isOver(): boolean {
    return this.fed >= this.#script.ending.at;
  }

  /** A message, or the peer's Close, was handed to the application. */
  delivered(item: Item): void {
    this.#match(this.#script.delivered[this.#delivered++], item, 'delivered');
  }

  /** A message or control frame was sent. */
  sent(item: Item): void {
    this.#match(this.#script.sent[this.#sent++], item, 'sent');
  }

  /** True when everything that is due by now has happened. */
  get isSettled(): boolean {
    return this.#missing() === undefined;
  }

  /** @throws Error when something that is due by now has not happened. */
  check(): void {
    const missing = this.#missing();
    if (missing !== undefined) throw new Error(`not ${missing.verb}: ${this.#expected(missing.due)}`);
  }

  /** @throws Error when the endpoint says anything else than the truth about how the connection ended. */
  checkInfo({ code, reason, wasClean, error }: CloseInfo): void {
    const { ending } = this.#script;
    const expectsClean = ending.kind === 'closed';
    const told = `CloseInfo ${code} ${JSON.stringify(reason)}, ${wasClean ? 'clean' : 'not clean'}`;
    if (code !== ending.code || wasClean !== expectsClean || reason !== (ending.reason ?? reason)) {
      throw new Error(`${told}; it was ${ending.code} ${ending.reason ?? ''}, ${expectsClean ? 'clean' : 'not clean'}`);
    }
    if (ending.kind === 'closed' && error !== undefined) throw new Error(`${told}, with the error ${error.message}`);
    if (ending.kind !== 'failed') return;
    if (reason === '') throw new Error(`${told}: a failure without a reason`);
    if ((error as { closeCode?: unknown } | undefined)?.closeCode !== code) {
      throw new Error(`${told}: the error is no ProtocolError of that code, but ${String(error)}`);
    }
  }

  #missing(): { verb: string; due: Due } | undefined {
    const { delivered, sent } = this.#script;
    const message = delivered[this.#delivered];
    if (message !== undefined && this.#isDue(message)) return { verb: 'delivered', due: message };
    const answer = sent[this.#sent];
    if (answer !== undefined && this.#isDue(answer)) return { verb: 'sent', due: answer };
    return undefined;
  }

  #isDue({ at, closes }: Due): boolean {
    return at <= this.fed && closes <= this.closes;
  }

  #match(due: Due | undefined, item: Item, verb: string): void {
    const isRight = due !== undefined && item.type === due.item.type && hasPayload(due, item.payload);
    if (isRight && this.#isDue(due)) return;
    const got = `${verb} ${describe(item)} after ${this.fed} of ${this.#script.bytes.length} bytes`;
    if (due === undefined) throw new Error(`${got}; nothing was due any more`);
    if (isRight) throw new Error(`${got}, too early: it was due at byte ${due.at}`);
    throw new Error(`${got}; due was ${this.#expected(due)}`);
  }

  #expected(due: Due): string {
    return `${describe(due.item)}${due.isFailure ? ' and a reason' : ''} at byte ${due.at} of ${this.#script.bytes.length}`;
  }
}

function hasPayload(due: Due, payload: Uint8Array): boolean {
  if (!due.isFailure) return Buffer.compare(payload, due.item.payload) === 0;
  const [code, reason] = [payload.subarray(0, 2), payload.subarray(2)];
  return Buffer.compare(code, due.item.payload) === 0 && reason.length > 0 && isUtf8(reason);
}

function describe({ type, payload }: Item): string {
  const name = NAMES[type] ?? `type ${type}`;
  if (payload.length > 140) return `${name} of ${payload.length} bytes`;
  if (type === 8 && payload.length >= 2) {
    return `Close ${(payload[0]! << 8) | payload[1]!} ${show(payload.subarray(2))}`.trimEnd();
  }
  return `${name} ${show(payload)}`.trimEnd();
}

function show(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  const isPrintable = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isPrintable
    ? JSON.stringify(Buffer.from(bytes).toString('latin1'))
    : `<${Buffer.from(bytes).toString('hex')}>`;
}
