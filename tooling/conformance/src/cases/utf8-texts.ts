import { concat, hex } from '../case.js';

/** Bytes, and where they stop being UTF-8. */
export interface Sample {
  /** Unique. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /**
   * The index of the byte that no valid text could have there, or 'end': the text breaks off within a character.
   * Absent: it is valid.
   */
  readonly fault?: number | 'end';
  readonly covers?: readonly string[];
}

const GREEK = 'cebae1bdb9cf83cebcceb5';

type Row = readonly [digits: string, fault?: number | 'end' | undefined, covers?: string];

function group(name: string, rows: readonly Row[]): Sample[] {
  return rows.map(([digits, fault, covers]) => ({
    name: `${name}-${digits === '' ? 'empty' : digits.replaceAll(' ', '')}`,
    bytes: hex(digits),
    ...(fault === undefined ? {} : { fault }),
    ...(covers === undefined ? {} : { covers: [covers] }),
  }));
}

function digitsOf(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => (from + i).toString(16).padStart(2, '0')).join('');
}

/** Every lead byte of a range, each followed by a space. */
function lonely(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `${(from + i).toString(16)}20`).join('');
}

/** The characters U+xxFFFE and U+xxFFFF of every plane. */
const planeEnds: Sample[] = Array.from({ length: 17 }, (_, plane) => plane * 0x10000).flatMap((start, plane) =>
  [0xfffe, 0xffff].map((offset, i) => ({
    name: `noncharacter-${(start + offset).toString(16)}`,
    bytes: new TextEncoder().encode(String.fromCodePoint(start + offset)),
    covers: [`6.22.${plane * 2 + i + 1}`],
  })),
);

const arabic: Sample[] = [0xfdd0, 0xfdd1, 0xfdee, 0xfdef].map((point) => ({
  name: `noncharacter-${point.toString(16)}`,
  bytes: new TextEncoder().encode(String.fromCodePoint(point)),
}));

/** Every prefix of a word of two- and three-byte characters. */
const prefixes: Sample[] = Array.from({ length: GREEK.length / 2 }, (_, i) => {
  const bytes = hex(GREEK.slice(0, (i + 1) * 2));
  const isWhole = [2, 5, 7, 9, 11].includes(i + 1);
  return {
    name: `prefix-${i + 1}`,
    bytes,
    ...(isWhole ? {} : { fault: 'end' as const }),
    covers: [`6.6.${i + 1}`, ...(isWhole ? [`6.5.${[2, 5, 7, 9, 11].indexOf(i + 1) + 1}`] : [])],
  };
});

const UNFINISHED = 'c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf';

/** Texts and what looks like texts. */
export const samples: readonly Sample[] = [
  ...prefixes,
  ...group('first-of-length', [
    ['00', undefined, '6.7.1'],
    ['c280', undefined, '6.7.2'],
    ['e0a080', undefined, '6.7.3'],
    ['f0908080', undefined, '6.7.4'],
  ]),
  ...group('first-too-long', [
    ['f888808080', 0, '6.8.1'],
    ['fc8480808080', 0, '6.8.2'],
  ]),
  ...group('last-of-length', [
    ['7f', undefined, '6.9.1'],
    ['dfbf', undefined, '6.9.2'],
    ['efbfbf', undefined, '6.9.3'],
    ['f48fbfbf', undefined, '6.9.4'],
  ]),
  ...group('last-too-long', [
    ['f7bfbfbf', 0, '6.10.1'],
    ['fbbfbfbfbf', 0, '6.10.2'],
    ['fdbfbfbfbfbf', 0, '6.10.3'],
  ]),
  ...group('boundary', [
    ['ed9fbf', undefined, '6.11.1'],
    ['ee8080', undefined, '6.11.2'],
    ['efbfbd', undefined, '6.11.3'],
    ['f48fbfbf', undefined, '6.11.4'],
    ['f4908080', 1, '6.11.5'],
  ]),
  ...group('second-byte', [
    ['c27f', 1],
    ['c2c0', 1],
    ['df7f', 1],
    ['dfc0', 1],
    ['e09f80', 1],
    ['e0bfbf'],
    ['e0c080', 1],
    ['e17f80', 1],
    ['e18080'],
    ['e1bfbf'],
    ['e1c080', 1],
    ['ec8080'],
    ['ecbfbf'],
    ['ed8080'],
    ['eda080', 1],
    ['ef8080'],
    ['f08f8080', 1],
    ['f0bfbfbf'],
    ['f0c08080', 1],
    ['f17f8080', 1],
    ['f1808080'],
    ['f3bfbfbf'],
    ['f3c08080', 1],
    ['f4808080'],
    ['f47f8080', 1],
    ['f4c08080', 1],
  ]),
  ...group('third-byte', [
    ['e1807f', 2],
    ['e180c0', 2],
    ['e0a020', 2],
    ['ed9fff', 2],
    ['f1807f80', 2],
    ['f180c080', 2],
    ['f48fc0', 2],
  ]),
  ...group('fourth-byte', [
    ['f180807f', 3],
    ['f18080c0', 3],
    ['f48fbfc0', 3],
    ['f09f9820', 3],
    ['f09f98f0', 3],
  ]),
  ...group('continuation', [
    ['80', 0, '6.12.1'],
    ['bf', 0, '6.12.2'],
    ['80bf', 0, '6.12.3'],
    ['80bf80', 0, '6.12.4'],
    ['80bf80bf', 0, '6.12.5'],
    ['80bf80bf80', 0, '6.12.6'],
    ['80bf80bf80bf', 0, '6.12.7'],
  ]),
  { name: 'continuation-all', bytes: hex(digitsOf(0x80, 0xbf)), fault: 0, covers: ['6.12.8'] },
  { name: 'lonely-c0-df', bytes: hex(lonely(0xc0, 0xdf)), fault: 0, covers: ['6.13.1'] },
  { name: 'lonely-c2-df', bytes: hex(lonely(0xc2, 0xdf)), fault: 1 },
  { name: 'lonely-e0-ef', bytes: hex(lonely(0xe0, 0xef)), fault: 1, covers: ['6.13.2'] },
  { name: 'lonely-f0-f7', bytes: hex(lonely(0xf0, 0xf7)), fault: 1, covers: ['6.13.3'] },
  { name: 'lonely-f8-fb', bytes: hex(lonely(0xf8, 0xfb)), fault: 0, covers: ['6.13.4'] },
  { name: 'lonely-fc-fd', bytes: hex(lonely(0xfc, 0xfd)), fault: 0, covers: ['6.13.5'] },
  ...group('unfinished', [
    ['c0', 0, '6.14.1'],
    ['e080', 1, '6.14.2'],
    ['f08080', 1, '6.14.3'],
    ['f8808080', 0, '6.14.4'],
    ['fc80808080', 0, '6.14.5'],
    ['df', 'end', '6.14.6'],
    ['efbf', 'end', '6.14.7'],
    ['f7bfbf', 0, '6.14.8'],
    ['fbbfbfbf', 0, '6.14.9'],
    ['fdbfbfbfbf', 0, '6.14.10'],
    ['c2', 'end'],
    ['e0', 'end'],
    ['e0a0', 'end'],
    ['ed', 'end'],
    ['ed9f', 'end'],
    ['f0', 'end'],
    ['f090', 'end'],
    ['f09080', 'end'],
    ['f4', 'end'],
    ['f48f', 'end'],
    ['f48fbf', 'end'],
  ]),
  { name: 'unfinished-all', bytes: hex(UNFINISHED), fault: 0, covers: ['6.15.1'] },
  { name: 'unfinished-valid', bytes: hex('dfefbf'), fault: 1 },
  ...group('impossible', [
    ['fe', 0, '6.16.1'],
    ['ff', 0, '6.16.2'],
    ['fefeffff', 0, '6.16.3'],
    ['c1', 0],
    ['f5', 0],
    ['f6808080', 0],
    ['f8', 0],
  ]),
  ...group('overlong-slash', [
    ['c0af', 0, '6.17.1'],
    ['e080af', 1, '6.17.2'],
    ['f08080af', 1, '6.17.3'],
    ['f8808080af', 0, '6.17.4'],
    ['fc80808080af', 0, '6.17.5'],
  ]),
  ...group('overlong-largest', [
    ['c1bf', 0, '6.18.1'],
    ['e09fbf', 1, '6.18.2'],
    ['f08fbfbf', 1, '6.18.3'],
    ['f887bfbfbf', 0, '6.18.4'],
    ['fc83bfbfbfbf', 0, '6.18.5'],
  ]),
  ...group('overlong-nul', [
    ['c080', 0, '6.19.1'],
    ['e08080', 1, '6.19.2'],
    ['f0808080', 1, '6.19.3'],
    ['f880808080', 0, '6.19.4'],
    ['fc8080808080', 0, '6.19.5'],
  ]),
  ...group('surrogate', [
    ['eda080', 1, '6.20.1'],
    ['edadbf', 1, '6.20.2'],
    ['edae80', 1, '6.20.3'],
    ['edafbf', 1, '6.20.4'],
    ['edb080', 1, '6.20.5'],
    ['edbe80', 1, '6.20.6'],
    ['edbfbf', 1, '6.20.7'],
  ]),
  ...group('surrogate-pair', [
    ['eda080edb080', 1, '6.21.1'],
    ['eda080edbfbf', 1, '6.21.2'],
    ['edadbfedb080', 1, '6.21.3'],
    ['edadbfedbfbf', 1, '6.21.4'],
    ['edae80edb080', 1, '6.21.5'],
    ['edae80edbfbf', 1, '6.21.6'],
    ['edafbfedb080', 1, '6.21.7'],
    ['edafbfedbfbf', 1, '6.21.8'],
  ]),
  ...planeEnds,
  ...arabic,
  ...group('special', [
    ['efbfb9', undefined, '6.23.1'],
    ['efbfba', undefined, '6.23.2'],
    ['efbfbb', undefined, '6.23.3'],
    ['efbfbc', undefined, '6.23.4'],
    ['efbfbd', undefined, '6.23.5'],
    ['efbfbe', undefined, '6.23.6'],
    ['efbfbf', undefined, '6.23.7'],
    ['efbbbf'],
    ['efbbbf41'],
    ['41efbbbf'],
    ['efbbbfefbbbf'],
    ['610062'],
    ['0d0a'],
    ['e280a8'],
    ['cc81'],
    ['f09f91a8e2808df09f91a9'],
  ]),
  { name: 'greek', bytes: hex(GREEK), covers: ['6.2.4'] },
  { name: 'mixed', bytes: concat('Hello-µ@ßöäüàá-UTF-8!!'), covers: ['6.2.1', '6.2.2', '6.2.3'] },
  { name: 'surrogate-in-text', bytes: hex(`${GREEK}eda080656469746564`), fault: 12, covers: ['6.3.1', '6.3.2'] },
  { name: 'beyond-in-text', bytes: hex(`${GREEK}f4908080656469746564`), fault: 12, covers: ['6.4.1', '6.4.3'] },
];
