import { createHash } from 'node:crypto';

/** Characters of the check sum at the head of a mail. */
const SUM = 12;

/** The mail of that number: says so itself, with a check sum over it all. */
export function composeMail(number: number, length: number): string {
  const body = `${number} ${'mail ö '.repeat(Math.ceil(length / 8))}`;
  return `${sumOf(body)} ${body}`;
}

/** The number of a mail; undefined when anything about it was changed. */
export function readMail(text: string): number | undefined {
  const body = text.slice(SUM + 1);
  return text[SUM] === ' ' && sumOf(body) === text.slice(0, SUM) ? Number.parseInt(body, 10) : undefined;
}

function sumOf(body: string): string {
  return createHash('sha1').update(body).digest('hex').slice(0, SUM);
}
