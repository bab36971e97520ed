import { constants, deflateRawSync } from 'node:zlib';
import { encode } from '../harness/frame.js';

/** What one hostile client sends in one go. */
export interface Attack {
  readonly name: string;
  readonly title: string;
  /** It offers compression. */
  readonly isCompressed: boolean;
  /** It never reads what it is sent. */
  readonly isDeaf?: true;
  /** What is written, over and over; the connection is given up when that has been taken, or when time is up. */
  readonly bytes: () => Buffer;
  readonly times: number;
}

const MIB = 1024 * 1024;
const NO_KEY = Buffer.alloc(4);
/** First bytes of frames: FIN and an opcode, RSV1 for a compressed message (RFC 6455 §5.2, RFC 7692 §6). */
const COMPRESSED_BINARY = 0x42;
const PING = 9;
const BINARY = 2;

function deflated(content: Buffer): Buffer {
  const bytes = deflateRawSync(content, { level: 9, finishFlush: constants.Z_SYNC_FLUSH });
  // RFC 7692 §7.2.1: the end of the last block is left out.
  return bytes.subarray(0, -4);
}

function repeated(frame: Buffer, times: number): Buffer {
  return Buffer.concat(Array<Buffer>(times).fill(frame));
}

/** A frame that is not the last of its message. */
function part(opcode: number): Buffer {
  const frame = encode(Buffer.alloc(0), NO_KEY, opcode);
  frame[0] = opcode;
  return frame;
}

/** One of each kind. What they send is below every limit but that of the work it makes. */
export const attacks: readonly Attack[] = [
  {
    name: 'zeros',
    title: '150 messages of 101 kB, each inflates to 99 MiB of zeros',
    isCompressed: true,
    bytes: () => encode(deflated(Buffer.alloc(99 * MIB)), NO_KEY, COMPRESSED_BINARY),
    times: 150,
  },
  {
    name: 'tiny',
    title: '1,000,000 compressed messages of one byte',
    isCompressed: true,
    bytes: () => repeated(encode(deflated(Buffer.from('a')), NO_KEY, COMPRESSED_BINARY), 10_000),
    times: 100,
  },
  {
    name: 'blocks',
    title: '20,000 messages of 900 final blocks without content',
    isCompressed: true,
    bytes: () => {
      const content = repeated(deflateRawSync(Buffer.alloc(0)), 900);
      return repeated(encode(content, NO_KEY, COMPRESSED_BINARY), 100);
    },
    times: 200,
  },
  {
    name: 'pings',
    title: '2,000,000 pings',
    isCompressed: false,
    bytes: () => repeated(encode(Buffer.alloc(0), NO_KEY, PING), 10_000),
    times: 200,
  },
  {
    name: 'fragments',
    title: '1,000,000 empty fragments, 100,000 to a message',
    isCompressed: false,
    bytes: () => Buffer.concat([part(BINARY), repeated(part(0), 99_998), encode(Buffer.alloc(0), NO_KEY, 0)]),
    times: 10,
  },
  {
    name: 'messages',
    title: '2,000,000 messages of one byte, whose echoes are not read',
    isCompressed: false,
    isDeaf: true,
    bytes: () => repeated(encode(Buffer.from('a'), NO_KEY, BINARY), 10_000),
    times: 200,
  },
  {
    name: 'deaf',
    title: '1 GiB in messages of 64 KiB, whose echoes are not read',
    isCompressed: false,
    isDeaf: true,
    bytes: () => encode(Buffer.alloc(64 * 1024), NO_KEY, BINARY),
    times: 16 * 1024,
  },
];
