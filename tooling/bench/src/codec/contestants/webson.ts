import { nodePlatform } from '@webson/connection';
import { FrameDecoder, type FrameHeader, maskPayload, type PayloadMemory, writeHeader } from '@webson/frame';
import type { Contestant } from '../contestant.js';

/** What a connection of webson does when it sends: room for many frames, and from where on a payload is not copied. */
const SLAB = 512 * 1024;
const BY_REFERENCE_FROM = 32 * 1024;
const LONGEST_HEADER = 14;
const BINARY = 0x82;

/** Payloads are kept as connections keep them: large ones alone, the small ones of a run together. */
const memory: PayloadMemory = {
  room: 8 * 1024,
  mostInRun: 4 * 1024 - 1,
  keep: (bytes, from, to) => new Uint8Array(bytes.subarray(from, to)),
  keepRun: (bytes, from, to) => new Uint8Array(bytes.subarray(from, to)),
};

/**
 * The codec as `@webson/connection` uses it: chunks are lent, in the memory that the system reads into (here they are copied
 * there first); payloads are put together when they come in pieces, frames laid out in one block.
 */
export const webson: Contestant = {
  name: 'webson',
  decode({ masked, chunks, refill }) {
    const { scanner } = nodePlatform;
    const decoder = new FrameDecoder({
      masking: masked ? 'required' : 'forbidden',
      scanner,
    });
    const chunkMemory = scanner === undefined ? new Uint8Array(SLAB) : new Uint8Array(scanner.memory, 0, SLAB);
    return {
      begin: refill,
      run(take) {
        let whole: Uint8Array | undefined;
        let at = 0;
        let length = 0;
        const sink = {
          onWhole(_opcode: number, _rsv: number, _streamId: number, payload: Uint8Array) {
            take(payload);
          },
          onHeader(header: FrameHeader) {
            length = header.payloadLength;
          },
          onPayload(slice: Uint8Array, last: boolean) {
            if (last && at === 0) return take(slice);
            whole ??= Buffer.allocUnsafe(length);
            whole.set(slice, at);
            at += slice.length;
            if (!last) return;
            take(whole);
            whole = undefined;
            at = 0;
          },
        };
        for (const chunk of chunks) {
          chunkMemory.set(chunk);
          decoder.push(chunkMemory.subarray(0, chunk.length), sink, memory);
        }
      },
    };
  },
  encode({ masked, payloads, size }) {
    const isCopied = masked || size < BY_REFERENCE_FROM;
    const room = LONGEST_HEADER + (isCopied ? size : 0);
    const slab = new Uint8Array(Math.max(SLAB, room));
    return {
      run(take) {
        let end = 0;
        for (const payload of payloads) {
          if (slab.length - end < room) {
            take(slab.subarray(0, end));
            end = 0;
          }
          const start = writeHeader(slab, end, BINARY, size, masked);
          if (isCopied) {
            slab.set(payload, start);
            if (masked) maskPayload(slab, start, start + size);
            end = start + size;
          } else {
            take(slab.subarray(end, start));
            take(payload);
            end = start;
          }
        }
        if (isCopied) take(slab.subarray(0, end));
      },
    };
  },
  mask: ({ work, pieces, size }) => ({
    run() {
      for (const { start } of pieces) maskPayload(work, start, start + size);
    },
  }),
};

/** The decoder by itself: payloads stay in the pieces they come in. */
export const pieces: Contestant = {
  name: 'webson, pieces',
  decode({ masked, chunks, refill }) {
    const decoder = new FrameDecoder({ masking: masked ? 'required' : 'forbidden' });
    return {
      begin: refill,
      run(take) {
        const sink = { onHeader() {}, onPayload: take };
        for (const chunk of chunks) decoder.push(chunk, sink);
      },
    };
  },
};
