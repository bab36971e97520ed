import { Random } from '../wire/random.js';

/** A kind of content. */
export interface DeflateData {
  readonly title: string;
  readonly isText: boolean;
  /** Whether it gets shorter, however little of it there is. */
  readonly compresses: boolean;
  /** `length` bytes of it, others for another seed; text does not end within a character. */
  make(length: number, seed: number): Uint8Array;
}

const WORDS =
  'und der die das Mühe, studiert mit heißem Bemühn; ich armer Tor! bin so klug als wie zuvor — heiße Magister'.split(
    ' ',
  );

function text(length: number, next: () => string): Uint8Array {
  const bytes = Buffer.alloc(length, ' ');
  let at = 0;
  for (let piece = Buffer.from(next()); at + piece.length <= length; piece = Buffer.from(next())) {
    at += piece.copy(bytes, at);
  }
  return bytes;
}

/** What the messages are made of, in the order of the Autobahn|Testsuite's section 12. */
export const deflateData: readonly DeflateData[] = [
  {
    title: 'JSON',
    isText: true,
    compresses: true,
    make(length, seed) {
      const random = new Random(seed);
      return text(
        length,
        () => `{"id":${random.next()},"ok":${random.next() % 2 === 0},"n":${random.between(0, 99)}},`,
      );
    },
  },
  {
    title: 'a bitmap',
    isText: false,
    compresses: true,
    make(length, seed) {
      const random = new Random(seed);
      let shade = 128;
      return Uint8Array.from({ length }, (_, i) => {
        if (i % 8 === 0) shade = (shade + random.between(-3, 3)) & 255;
        return shade;
      });
    },
  },
  {
    title: 'prose in German',
    isText: true,
    compresses: true,
    make(length, seed) {
      const random = new Random(seed);
      return text(length, () => `${WORDS[random.between(0, WORDS.length - 1)]} `);
    },
  },
  {
    title: 'HTML',
    isText: true,
    compresses: true,
    make(length, seed) {
      const random = new Random(seed);
      return text(length, () => `<tr class="row"><td>${random.between(0, 9999)}</td><td>&nbsp;</td></tr>\n`);
    },
  },
  {
    title: 'what is compressed already',
    isText: false,
    compresses: false,
    make(length, seed) {
      const random = new Random(seed);
      return Uint8Array.from({ length }, () => random.next() >>> 24);
    },
  },
];
