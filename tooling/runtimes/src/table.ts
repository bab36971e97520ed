import type { PairResult } from './pair.js';
import { CHROMIUM } from './run-times.js';

const BEGIN = '<!-- run-times: written by `pnpm runtimes` from here -->';
const END = '<!-- run-times: to here -->';

/** What came of all pairs, in Markdown: how many cases were kept, and how many not, by client and server. */
export function tableOf(results: readonly PairResult[]): string {
  const clients = [...new Set(results.map(({ client }) => client))];
  const servers = [...new Set(results.map(({ server }) => server))];
  const rows = clients.map((client) => [
    `from ${client}${client === CHROMIUM ? ', in a page' : ''}`,
    ...servers.map((server) => cellOf(results.find((one) => one.client === client && one.server === server))),
  ]);
  const head = ['', ...servers.map((server) => `to ${server}`)];
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`.replace('|  |', '| |'))
    .join('\n');
}

function cellOf(result: PairResult | undefined): string {
  if (result === undefined) return 'not tried';
  const kept = result.verdicts.filter(({ complaint }) => complaint === undefined).length;
  const broken = result.verdicts.length - kept;
  return broken === 0 ? String(kept) : `${kept}, not ${broken}`;
}

/**
 * Puts a table in the place between the two marks of a text.
 *
 * @throws Error when the text has not each of them once, in this order.
 */
export function withTable(text: string, table: string): string {
  const [before, rest, ...more] = text.split(BEGIN);
  const [old, after, ...others] = rest?.split(END) ?? [];
  if (before === undefined || old === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`the text needs ${BEGIN} and ${END}, once each`);
  }
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}
