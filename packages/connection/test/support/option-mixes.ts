import fc from 'fast-check';
import type { IntegerKind, KindsByName, OptionKind } from '../../src/options/option-kinds.js';

/** Options, and the name of the one among them that is wrong, if one is. */
export interface Mix {
  readonly options: object;
  readonly wrong: string;
}

/** Values that an option can have, by its name. Those of integers and booleans come from the table. */
export type ValidValues = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** What no option can be. */
const NEVER: readonly unknown[] = [null, Symbol('wrong'), 10n, [Symbol('wrong')]];

/** Any set of valid options. */
export function validOptions(kinds: KindsByName, valid: ValidValues): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.entries(kinds).map(([name, kind]) => [name, validValue(name, kind, valid)] as const);
  return fc.record(Object.fromEntries(values), { requiredKeys: [] });
}

/** A set of valid options of which one is not any more: of another type, out of range, unknown, or not to be read. */
export function mutatedOptions(kinds: KindsByName, valid: ValidValues): fc.Arbitrary<Mix> {
  return fc.tuple(validOptions(kinds, valid), mutation(kinds, '')).map(([options, { path, value, isAccessor }]) => ({
    options: withValue(options, path, value, isAccessor),
    wrong: path.join('.'),
  }));
}

interface Mutation {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The value is thrown when the option is read. */
  readonly isAccessor: boolean;
}

function mutation(kinds: KindsByName, prefix: string): fc.Arbitrary<Mutation> {
  const paths = (table: KindsByName, before: readonly string[]): [string[], OptionKind][] =>
    Object.entries(table).flatMap(([name, kind]) => [
      [[...before, name], kind],
      ...paths(kind.fields ?? {}, [...before, name]),
    ]);
  const all = paths(kinds, prefix === '' ? [] : [prefix]);
  const wrongValue = fc
    .constantFrom(...all)
    .chain(([path, kind]) => wrongFor(kind).map((value) => ({ path, value, isAccessor: false })));
  const throwing = fc
    .tuple(fc.constantFrom(...all), fc.constantFrom(new Error('from within'), undefined, null))
    .map(([[path], value]) => ({ path, value, isAccessor: true }));
  const tables: [string[], KindsByName][] = [
    [[], kinds],
    ...all.flatMap(([path, { fields }]): [string[], KindsByName][] => (fields === undefined ? [] : [[path, fields]])),
  ];
  const unknown = fc
    .tuple(
      fc.constantFrom(...tables),
      fc.string(),
      fc.constantFrom(5, 'text', null, {}, () => {}),
    )
    .filter(([[, table], name]) => !Object.hasOwn(table, name))
    .map(([[path], name, value]) => ({ path: [...path, name], value, isAccessor: false }));
  return fc.oneof(wrongValue, throwing, unknown);
}

function wrongFor(kind: OptionKind): fc.Arbitrary<unknown> {
  const { min, max } = kind as IntegerKind;
  const isInteger = min !== undefined;
  const isBoolean = typeof kind.default === 'boolean' && !kind.expected.includes('object');
  return fc.constantFrom(
    ...NEVER,
    ...(isInteger ? [min - 1, max + 1, min + 0.5, Number.NaN, Number.NEGATIVE_INFINITY, String(min), true] : []),
    ...(isBoolean ? [0, 1, 'true', {}, () => {}] : []),
    ...(kind.fields === undefined ? [] : [5, 'text', [], () => {}]),
  );
}

function validValue(name: string, kind: OptionKind, valid: ValidValues): fc.Arbitrary<unknown> {
  const given = valid[name];
  if (given !== undefined) return fc.option(given, { nil: undefined, freq: 10 });
  const { min, max } = kind as IntegerKind;
  if (min !== undefined)
    return fc.oneof(
      fc.constantFrom(min, max),
      fc.maxSafeInteger().map((n) => clamp(n, min, max)),
    );
  if (kind.fields !== undefined) return validOptions(kind.fields, valid);
  if (typeof kind.default === 'boolean') return fc.boolean();
  throw new Error(`no valid values are known for ${name}`);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

function withValue(
  options: object,
  [name = '', ...rest]: readonly string[],
  value: unknown,
  isAccessor: boolean,
): object {
  const old = (options as Record<string, object | undefined>)[name];
  const copy = { ...options };
  const nested = rest.length > 0 ? withValue(old ?? {}, rest, value, isAccessor) : value;
  Object.defineProperty(copy, name, {
    enumerable: true,
    configurable: true,
    ...(isAccessor && rest.length === 0
      ? {
          get() {
            throw value;
          },
        }
      : { value: nested }),
  });
  return copy;
}
