// FC_SEED takes other cases, FC_RUNS multiplies their number. Without them they are the same ones each time, so that a change is
// to blame for what is found: the command takes others.
const given = numberFrom('FC_SEED') ?? 33;
const scale = numberFrom('FC_RUNS') ?? 1;

/** The seed of this run. */
export const seed: number = given;

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
