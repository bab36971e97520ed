/** Messages to be compressed, as JSON. */
export interface Sample {
  readonly name: string;
  readonly messages: readonly string[];
}

const PLACES = ['greenhouse', 'cellar', 'attic', 'kitchen', 'garden', 'workshop'];
const KINDS = ['temperature', 'humidity', 'pressure'];

/** A reading as programs send it: the same names over and over, and numbers that differ. */
function reading(index: number): object {
  // A sequence that looks like chance, and is the same in every run.
  const noise = (Math.imul(index + 1, 2654435761) >>> 0) % 10_000;
  return {
    id: `reading-${noise}-${index}`,
    place: PLACES[index % PLACES.length],
    kind: KINDS[noise % KINDS.length],
    value: noise / 100,
    unit: 'as agreed',
    takenAt: new Date(1_700_000_000_000 + index * 60_000 + noise).toISOString(),
    isReliable: noise % 7 !== 0,
  };
}

/** Small messages, and large ones that are lists of the same; made when they are asked for. */
export function* samplesOf(count: number): Generator<Sample> {
  const listOf = (length: number, from: number): object[] =>
    Array.from({ length }, (_, index) => reading(from + index));
  yield { name: 'one reading', messages: listOf(count, 0).map((each) => JSON.stringify(each)) };
  const lists = Array.from({ length: count }, (_, index) => JSON.stringify(listOf(60, index * 60)));
  yield { name: 'a list of 60 readings', messages: lists };
}
