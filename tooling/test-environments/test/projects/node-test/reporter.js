/** Writes a line of JSON for each test that has ended, but not for files, which Node 20 counts as tests, too. */
export default async function* reporter(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.name.endsWith('.test.js')) continue;
    const { name, skip, todo, details } = data;
    const isPassed = type === 'test:pass' && skip === undefined && todo === undefined;
    yield `${JSON.stringify({ name, isPassed, error: String(details.error?.cause ?? '') })}\n`;
  }
}
