import type { Program, Surrounded } from './program.js';

/** What a test does with a snippet. Each has an entry in one of the lists of `shown/`. */
export interface Shown extends Surrounded {
  /** Runs it, and looks at what it does. Undefined: its types alone are checked, for the reason given. */
  readonly run?: (program: Program) => Promise<void>;
  /** Why it is not run. */
  readonly typesOnly?: string;
  /** What the compiler may say about it: where the types of others ask for more than their code does. */
  readonly complaints?: readonly RegExp[];
  /** Globals of a browser are there. */
  readonly isForBrowsers?: boolean;
}
