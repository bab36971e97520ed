// The client of the suite: runs the cases against the server that the judge has started. Its input ending is its end.
import { runCases } from './case.js';
import { cases } from './cases/index.js';
import { type Answer, readLines, type Said, writeLine } from './lines.js';
import { Stage } from './stage.js';

const waiting = new Map<number, (answer: Answer) => void>();
let last = 0;

const stage = new Stage(
  (to, order, detail) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))));
      writeLine({ to, id, order, detail } satisfies Said);
    }),
);

readLines(
  (line) => {
    const answer = line as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  },
  () => {},
);
const only = process.argv.slice(2);
const chosen = only.length === 0 ? cases : cases.filter(({ name }) => only.includes(name));
await runCases(chosen, stage, (verdict) => writeLine({ verdict } satisfies Said));
writeLine({ isDone: true } satisfies Said);
