import type { Stacks } from '../protocol/contract/platform.js';
import { printableLines } from './printable.js';
import { thrownBy } from './thrown.js';
import { readable } from './unheard.js';

/** Most characters of a stack that are shown. */
const STACK_LENGTH = 4000;
/** Most causes of an error that are shown, and most errors that one of several errors holds. */
const MOST_CAUSES = 4;
/** Most characters of a line of a stack that are looked at. */
const LINE_LENGTH = 500;
/** Most places, and characters of a message, by which an error is told from others that has no place in the application. */
const MOST_PLACES = 4;
const TEXT_LENGTH = 80;

/** Where the run-time's own code is. */
const OF_RUN_TIME = /^(?:node|deno|ext|bun|native):/;

/** What knows the stacks of V8. In a page the console shows them, of every engine, and with what it knows of their sources. */
export const V8_STACKS: Stacks = { placeOf, stackOf };

// The innermost place in the code of the application: what throws from the same place is taken for the same mistake. The message
// counts only where there is none: it may hold what a peer has sent, and differ every time.
function placeOf(error: Error): string {
  return readable(() => {
    const thrown = thrownBy(error);
    if (thrown !== undefined) return textOf(thrown.value);
    const places = placesOf(error);
    const own = ownFolder();
    const outside = places.find((place) => own === '' || !place.startsWith(own));
    if (outside !== undefined) return outside;
    // Either no code of the application was at work, or a bundler has put it and this package into one file.
    const names = places.slice(0, MOST_PLACES).map((place) => place.slice(own.length));
    return `${names.join(' ')} ${String(error.message).slice(0, TEXT_LENGTH)}`;
  });
}

// What tells a thrown value that is no error from others.
function textOf(thrown: unknown): string {
  if (Object(thrown) !== thrown) return String(thrown).slice(0, TEXT_LENGTH);
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  const said = [code, message].map((value) => (Object(value) === value ? '' : String(value).slice(0, TEXT_LENGTH)));
  return [...said, ...Object.keys(thrown as object)].join(' ');
}

// The places of a stack that are in files, from the innermost one, but for those of the run-time.
function placesOf({ stack, message }: Error): string[] {
  const text = String(stack);
  // A peer may have put into the message what looks like a place.
  const begin = text.indexOf(String(message));
  const lines = text.slice(begin < 0 ? 0 : begin + String(message).length).slice(0, STACK_LENGTH);
  return lines.split('\n').flatMap((line) => {
    const place = /^\s*at (?:.*\()?(?:async )?(.+:\d+:\d+)\)?$/.exec(line.slice(0, LINE_LENGTH))?.[1];
    return place === undefined || OF_RUN_TIME.test(place) ? [] : [place];
  });
}

let folder: string | undefined;

// The folder that this package is in, as stacks name it; '' where they do not. It is one folder as published, and this file is
// one below it in the sources.
function ownFolder(): string {
  folder ??= placesOf(new Error('here'))[0]?.replace(/(?:[\\/]application)?[\\/][^\\/]*$/, '') ?? '';
  return folder;
}

// The stack of an error and of its causes. Its other properties are left out: they may be secret.
function stackOf(error: Error): string {
  const parts: string[] = [];
  const add = (value: unknown, prefix: string, depth: number): void => {
    const { stack, message, cause, errors } = value as AggregateError & { cause?: unknown };
    parts.push(prefix + String(stack ?? message).slice(0, STACK_LENGTH));
    if (depth === MOST_CAUSES) return;
    if (cause !== undefined) addAny(cause, 'cause: ', depth + 1);
    if (Array.isArray(errors)) for (const each of errors.slice(0, MOST_CAUSES)) addAny(each, 'one of: ', MOST_CAUSES);
  };
  const addAny = (value: unknown, prefix: string, depth: number): void => {
    if (Object(value) === value) add(value, prefix, depth);
    else parts.push(`${prefix}${String(value)}`);
  };
  // Reading a property of a Proxy may throw: what was read before is shown.
  try {
    add(error, '', 0);
  } catch {}
  return printableLines(parts.join('\n'));
}
