/** What was owed and not kept. */
export class Unmet extends Error {
  override readonly name = 'Unmet';
}

/** Fails unless both are the same, compared as JSON. */
export function same(what: string, actual: unknown, expected: unknown): void {
  const [got, wanted] = [shown(actual), shown(expected)];
  if (got !== wanted) throw new Unmet(`${what}: ${wanted} expected, got ${got}`);
}

/** Fails unless it holds. */
export function holds(what: string, isSo: boolean): void {
  if (!isSo) throw new Unmet(what);
}

/** An error, as far as cases look at it. */
export interface Told {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly status?: number;
  readonly body?: Uint8Array;
  readonly headers?: { get(name: string): string | undefined };
  readonly cause?: unknown;
}

/** Fails unless the promise rejects with an error of this code, which is returned. */
export async function rejects(what: string, promise: Promise<unknown>, code: string): Promise<Told> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason as Told,
  );
  if (error === undefined) throw new Unmet(`${what}: an error ${code} expected, got none`);
  if (error.code !== code) throw new Unmet(`${what}: an error ${code} expected, got ${error.code} (${error.message})`);
  return error;
}

/** Resolves as the promise does, or fails when that takes longer than `patience` milliseconds. */
export async function within<T>(what: string, promise: PromiseLike<T>, patience = 15_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Unmet(`${what}: nothing within ${patience} ms`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when it is so. What is waited for passes in another process, which tells of nothing by itself. */
export async function until(isSo: () => Promise<boolean>, patience = 15_000): Promise<void> {
  const begin = performance.now();
  while (!(await isSo())) holds(`nothing within ${patience} ms`, performance.now() - begin < patience);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}
