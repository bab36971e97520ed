/** What the environment asks for. */
export interface Options {
  readonly cases: number;
  readonly seed: number;
  readonly path: string | undefined;
  /** Goes on whatever is found, and counts it. */
  readonly isSurvey: boolean;
  /** Minutes after which no more is begun. */
  readonly minutes: number;
}

/** Reads CASES, SEED, CASE_PATH, SURVEY and MINUTES. Throws an Error that says what is wrong. */
export function readOptions(env: NodeJS.ProcessEnv): Options {
  return {
    cases: number(env, 'CASES', 20_000, 1, 1e12),
    seed: number(env, 'SEED', Math.floor(performance.timeOrigin) % 0x7fffffff, -0x80000000, 0x7fffffff),
    path: env.CASE_PATH || undefined,
    isSurvey: env.SURVEY === '1',
    minutes: number(env, 'MINUTES', 60, 1, 10_080),
  };
}

function number(env: NodeJS.ProcessEnv, name: string, byDefault: number, min: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === '') return byDefault;
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} is ${JSON.stringify(text)}: a whole number from ${min} to ${max} is needed`);
}
