// The other side of `Child`: what a program does that a bench has started.
import { createInterface } from 'node:readline';

/** A process that was told to end and does not is ended after so many milliseconds. */
const PATIENCE = 1500;

/** Prints a value as a line of JSON. */
export function tell(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** What this process is to do, as it was given: JSON, in the first argument. */
export function givenJob<Job>(): Job {
  return JSON.parse(process.argv[2] ?? '') as Job;
}

/** Ends this process when its input ends, which is what happens when the bench is gone. The input alone does not keep it alive. */
export function endWithInput(end: () => unknown = () => {}): void {
  process.stdin
    .resume()
    .once('end', () => endAfter(end))
    .unref();
}

/** Answers every line of input by one of output; when the input ends, so does this process. */
export async function answerInput(answer: (line: string) => unknown, end: () => unknown = () => {}): Promise<never> {
  for await (const line of createInterface({ input: process.stdin })) tell(await answer(line));
  return await endAfter(end);
}

async function endAfter(end: () => unknown): Promise<never> {
  setTimeout(() => process.exit(1), PATIENCE).unref();
  await end();
  process.exit(0);
}
