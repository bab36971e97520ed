// FC_SEED repeats a run (the seed of one that failed is printed), FC_RUNS multiplies the number of cases.
const given = numberFrom('FC_SEED');
const scale = numberFrom('FC_RUNS') ?? 1;

/** The seed of this run. */
export const seed: number = given ?? Math.floor(Math.random() * 0x7fffffff);

/** So many cases, the environment's wish applied. */
export function cases(count: number): number {
  return Math.max(1, Math.round(count * scale));
}

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new RangeError(`${name}: a number expected, got ${text}`);
  return value;
}
