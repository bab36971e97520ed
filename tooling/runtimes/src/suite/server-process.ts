// The server of the suite: opens stands, as it is asked to, and tells what they have seen. Its input ending is its end.
import { type Answer, type Order, readLines, writeLine } from './lines.js';
import type { Stand, StandOptions } from './stand.js';
import { type StandName, stands } from './stands/index.js';

const open = new Map<number, Stand>();
let last = 0;

async function obey(order: string, detail: unknown): Promise<unknown> {
  if (order === 'open') {
    const { name, options } = detail as { name: StandName; options: StandOptions };
    const stand = await stands[name](options);
    open.set(++last, stand);
    return { number: last, url: stand.url, port: stand.port };
  }
  const { number, more } = detail as { number: number; more?: unknown };
  const stand = open.get(number);
  if (stand === undefined) throw new Error(`there is no stand ${number}`);
  if (order !== 'close') return stand.ask?.(order, more);
  open.delete(number);
  return stand.close();
}

readLines(
  (line) => {
    const { id, order, detail } = line as Order;
    obey(order, detail).then(
      (value) => writeLine({ id, value } satisfies Answer),
      (error: unknown) => writeLine({ id, error: String((error as Error).stack ?? error) } satisfies Answer),
    );
  },
  // Whoever is asked for nothing more has to end by itself.
  () => {},
);
