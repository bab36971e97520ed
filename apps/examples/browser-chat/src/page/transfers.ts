import { ClosedError, type Message, MessageCancelledError, NotReadyError } from 'webson';
import {
  type DownloadHead,
  type Entry,
  fileNameProblem,
  limits,
  type Refused,
  type SharedFile,
  Type,
  type UploadHead,
} from '../shared/protocol.js';
import { encodeHead, StreamHead } from '../shared/stream-head.js';
import type { ChatConnection } from './chat-connection.js';
import { createKey } from './key.js';
import { Sha256 } from './sha-256.js';
import { Transfer } from './transfer.js';

/** Bytes that are handed over at a time, and after which progress is seen. */
const PIECE = 64 * 1024;
/** Bytes that are received before they are put into a Blob, which the browser may keep on its disk. */
const BATCH = 4 * 1024 * 1024;

/**
 * The files on their way from this page, and to it: some at a time, the others wait. When the connection breaks, what is under way
 * begins anew with the next one.
 */
export class Transfers {
  readonly #connection: () => ChatConnection | undefined;
  readonly #onChange: (transfer: Transfer) => void;
  readonly #transfers = new Map<string, Transfer>();
  #isOpen = false;

  /** @param onChange called with a transfer that has changed, also when it was removed. */
  constructor(connection: () => ChatConnection | undefined, onChange: (transfer: Transfer) => void) {
    this.#connection = connection;
    this.#onChange = onChange;
  }

  /** Sends a file, as soon as it can be. */
  upload(file: File): void {
    const transfer = this.#add(file);
    const problem =
      fileNameProblem(file.name) ??
      (file.size > limits.fileSize ? `a file has at most ${limits.fileSize / 2 ** 20} MiB` : undefined);
    if (problem !== undefined) this.#end(transfer, 'failed', problem);
    this.#beginNext();
  }

  /** Receives a file, as soon as it can be. */
  download(file: SharedFile): void {
    this.#add(file);
    this.#beginNext();
  }

  /** Ends a transfer: the other end hears of it, and nothing more is sent. */
  cancel(transfer: Transfer): void {
    if (transfer.isOver) return;
    this.#end(transfer, 'cancelled');
    transfer.stop();
  }

  /** Begins a transfer anew that has failed or was cancelled. */
  again(transfer: Transfer): void {
    this.#end(transfer, 'waiting');
    this.#beginNext();
  }

  /** Forgets a transfer that is over. */
  remove(transfer: Transfer): void {
    if (transfer.url !== '') URL.revokeObjectURL(transfer.url);
    this.#transfers.delete(transfer.key);
    this.#onChange(transfer);
  }

  /** Gives up all of them. */
  clear(): void {
    for (const transfer of [...this.#transfers.values()]) {
      this.cancel(transfer);
      this.remove(transfer);
    }
  }

  /** Whether there is such a transfer. */
  has(transfer: Transfer): boolean {
    return this.#transfers.has(transfer.key);
  }

  /** There is a connection. */
  open(): void {
    this.#isOpen = true;
    this.#beginNext();
  }

  /** The connection has ended. */
  lost(): void {
    this.#isOpen = false;
    for (const transfer of this.#transfers.values()) {
      if (transfer.state === 'moving' || transfer.state === 'checking') this.#end(transfer, 'waiting');
    }
  }

  /** A file is in the history: it may be one of this page. */
  arrived({ key, file }: Entry): void {
    const transfer = this.#transfers.get(key);
    if (file === undefined || !transfer?.isUpload || transfer.state === 'done') return;
    transfer.file = file;
    // When it had arrived before the connection broke, there is no need to read it once more.
    const isEqual = transfer.sha256 === '' || transfer.sha256 === file.sha256;
    this.#end(transfer, isEqual ? 'done' : 'failed', isEqual ? '' : 'what arrived is not what was sent');
    transfer.stop();
  }

  /** The server does not do something. Returns whether it is about a file. */
  refused({ key, reason }: Refused): boolean {
    const transfer = this.#find(key);
    if (transfer === undefined) return false;
    if (transfer.state !== 'done' && transfer.state !== 'cancelled') this.#end(transfer, 'failed', reason);
    return true;
  }

  /** A file comes. */
  async receive(message: Message): Promise<void> {
    const reader = message.stream().getReader();
    const head = new StreamHead();
    let transfer: Transfer | undefined;
    let attempt = 0;
    try {
      const batches = new Batches();
      const hash = new Sha256();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        const piece = head.push(next.value);
        if (head.json === undefined) continue;
        if (transfer === undefined) {
          transfer = this.#find((JSON.parse(head.json) as DownloadHead).key);
          // It may have been given up before its first byte came.
          if (transfer?.state !== 'moving') break;
          attempt = transfer.attempt;
          transfer.stop = () => void reader.cancel();
        }
        hash.update(piece);
        batches.add(piece);
        transfer.move(piece.length);
        this.#onChange(transfer);
      }
      if (transfer?.isMoving(attempt)) this.#keep(transfer, hash.digest(), batches);
    } catch (error) {
      if (transfer !== undefined) this.#fail(transfer, attempt, error);
    } finally {
      await reader.cancel().catch(() => {});
    }
  }

  #keep(transfer: Transfer, sha256: string, batches: Batches): void {
    transfer.sha256 = sha256;
    if (sha256 !== transfer.file?.sha256) {
      this.#end(transfer, 'failed', 'what arrived is not what was shared');
      return;
    }
    transfer.url = URL.createObjectURL(batches.blob());
    this.#end(transfer, 'done');
  }

  async #send(transfer: Transfer, file: File): Promise<void> {
    const { attempt } = transfer;
    const abort = new AbortController();
    transfer.stop = () => abort.abort();
    const head: UploadHead = { key: transfer.key, name: file.name, size: file.size };
    try {
      await this.#connection()?.sendFile(this.#measured(transfer, file, head), abort.signal);
      if (transfer.isMoving(attempt)) this.#end(transfer, 'checking');
    } catch (error) {
      this.#fail(transfer, attempt, error);
    }
  }

  // Asked for no more than the server takes, so what has been asked for is how far it has come.
  async *#measured(transfer: Transfer, file: File, head: UploadHead): AsyncGenerator<Uint8Array> {
    yield encodeHead(head);
    const hash = new Sha256();
    const reader = file.stream().getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        for (let start = 0; start < next.value.length; start += PIECE) {
          const piece = next.value.subarray(start, start + PIECE);
          hash.update(piece);
          yield piece;
          transfer.move(piece.length);
          this.#onChange(transfer);
        }
      }
      transfer.sha256 = hash.digest();
    } finally {
      await reader.cancel();
    }
  }

  #fail(transfer: Transfer, attempt: number, error: unknown): void {
    if (!transfer.isMoving(attempt)) return;
    if (error instanceof ClosedError || error instanceof NotReadyError) {
      this.#isOpen = false;
      this.#end(transfer, 'waiting');
    }
    // The server has stopped it. Why, it says beside that.
    else if (error instanceof MessageCancelledError) this.#end(transfer, 'failed', 'the server has stopped it');
    else this.#end(transfer, 'failed', error instanceof Error ? error.message : String(error));
  }

  // By the key that is on the wire: that of something received has the number of the attempt behind it.
  #find(key: string): Transfer | undefined {
    const [own = '', attempt] = key.split('-');
    const transfer = this.#transfers.get(own);
    return attempt === undefined || transfer?.attempt === Number(attempt) ? transfer : undefined;
  }

  #add(source: File | SharedFile): Transfer {
    const transfer = new Transfer(createKey(), source);
    this.#transfers.set(transfer.key, transfer);
    this.#onChange(transfer);
    return transfer;
  }

  #end(transfer: Transfer, state: Transfer['state'], reason = ''): void {
    transfer.end(state, reason);
    this.#onChange(transfer);
    this.#beginNext();
  }

  #beginNext(): void {
    if (!this.#isOpen) return;
    const busy = { up: 0, down: 0 };
    for (const transfer of this.#transfers.values()) {
      const way = transfer.isUpload ? 'up' : 'down';
      if (transfer.state === 'waiting' && busy[way] < limits.transfers) this.#begin(transfer);
      if (transfer.state === 'moving' || transfer.state === 'checking') busy[way]++;
    }
  }

  #begin(transfer: Transfer): void {
    transfer.begin();
    this.#onChange(transfer);
    const { source, file } = transfer;
    if (source !== undefined) {
      void this.#send(transfer, source);
      return;
    }
    const wanted = { key: `${transfer.key}-${transfer.attempt}`, file: file?.id };
    if (!this.#connection()?.send(Type.Fetch, JSON.stringify(wanted))) transfer.end('waiting');
  }
}

/** Bytes that are received, in Blobs of some MiB. */
class Batches {
  #blobs: Blob[] = [];
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece as Uint8Array<ArrayBuffer>);
    this.#length += piece.length;
    if (this.#length < BATCH) return;
    this.#blobs.push(new Blob(this.#pieces));
    this.#pieces = [];
    this.#length = 0;
  }

  /** All of them. */
  blob(): Blob {
    return new Blob([...this.#blobs, ...this.#pieces], { type: 'application/octet-stream' });
  }
}
