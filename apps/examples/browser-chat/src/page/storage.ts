/** Reads what was stored under a name; undefined when there is nothing, it is no JSON, or the browser stores nothing. */
export function load(storage: 'localStorage' | 'sessionStorage', name: string): unknown {
  try {
    return JSON.parse(globalThis[storage].getItem(`chat.${name}`) ?? '');
  } catch {
    return undefined;
  }
}

/** Stores a value under a name; undefined removes it. */
export function store(storage: 'localStorage' | 'sessionStorage', name: string, value: unknown): void {
  try {
    if (value === undefined) globalThis[storage].removeItem(`chat.${name}`);
    else globalThis[storage].setItem(`chat.${name}`, JSON.stringify(value));
  } catch {
    // Where nothing may be stored, a page that is loaded again begins anew.
  }
}
