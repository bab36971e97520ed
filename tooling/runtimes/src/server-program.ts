import { Program } from './program.js';
import type { RunTime } from './run-times.js';
import type { Answer } from './suite/lines.js';

/** The server's process, which answers orders. */
export class ServerProgram {
  readonly program: Program;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;

  constructor(runTime: RunTime, script: string) {
    this.program = new Program(runTime, script, [], (value) => {
      const answer = value as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    void this.program.ended.then(({ status, stderr }) => {
      for (const [id, answer] of this.#waiting) answer({ id, error: `the server has ended with ${status}: ${stderr}` });
    });
  }

  /** Resolves to its answer; rejects with what went wrong there. */
  ask(order: string, detail: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#waiting.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))));
      this.program.send({ id, order, detail });
    });
  }
}
