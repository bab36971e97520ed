import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

/** What holds for the messages of one side (RFC 7692 §7.1). */
export interface DeflateSide {
  readonly takeover: boolean;
  /** 9 to 15. */
  readonly windowBits: number;
}

const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** The messages before, as far back as may be referred to. Shares no code with what is tested. */
class History {
  readonly #side: DeflateSide;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(side: DeflateSide) {
    this.#side = side;
  }

  get options(): { windowBits: number; dictionary?: Buffer; finishFlush: number } {
    const { windowBits } = this.#side;
    const dictionary = this.#bytes;
    const finishFlush = constants.Z_SYNC_FLUSH;
    return { windowBits, finishFlush, ...(dictionary.length > 0 && { dictionary }) };
  }

  add(message: Uint8Array): void {
    if (this.#side.takeover)
      this.#bytes = Buffer.concat([this.#bytes, message]).subarray(-(2 ** this.#side.windowBits));
  }
}

/** Deflates the messages of a bare peer (RFC 7692 §7.2.1). */
export class BareDeflater {
  readonly #history: History;

  constructor(side: DeflateSide) {
    this.#history = new History(side);
  }

  deflate(message: Uint8Array): Uint8Array {
    // RFC 7692 §7.2.3.6
    if (message.length === 0) return new Uint8Array(1);
    const bytes = deflateRawSync(message, this.#history.options);
    this.#history.add(message);
    return bytes.subarray(0, bytes.length - TAIL.length);
  }
}

/** Inflates what the endpoint sent (RFC 7692 §7.2.2); throws when it goes further back than was agreed. */
export class BareInflater {
  readonly #history: History;

  constructor(side: DeflateSide) {
    this.#history = new History(side);
  }

  inflate(payload: Uint8Array): Uint8Array {
    const message = inflateRawSync(Buffer.concat([payload, TAIL]), this.#history.options);
    this.#history.add(message);
    return message;
  }
}
