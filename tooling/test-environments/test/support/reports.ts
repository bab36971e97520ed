/** What a runner says of the tests of one file or project. */
export interface Report {
  /** The full names of the tests that passed, sorted. */
  readonly passed: readonly string[];
  /** What has become of all others, those that were skipped among them. */
  readonly others: readonly string[];
}

interface JsonReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
  /** What Jest found open, with `--detectOpenHandles`. */
  readonly openHandles?: readonly unknown[];
}

/** The report that Vitest and Jest write as JSON. */
export function jsonReport(text: string): Report {
  const { testResults, openHandles = [] } = JSON.parse(text) as JsonReport;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const isPassed = ({ status }: { status: string }): boolean => status === 'passed';
  return {
    passed: tests
      .filter(isPassed)
      .map(({ fullName }) => fullName)
      .sort(),
    others: [
      ...tests
        .filter((test) => !isPassed(test))
        .map(({ fullName, status, failureMessages = [] }) => `${status}: ${fullName}: ${failureMessages.join()}`),
      // A file that could not be loaded has no tests.
      ...testResults.filter((file) => !isPassed(file)).map(({ message = '' }) => message),
      ...openHandles.map((handle) => `open: ${String(handle)}`),
    ],
  };
}

/** The report that `projects/node-test/reporter.js` writes, a line for each test. */
export function linesReport(text: string): Report {
  const tests = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { name: string; isPassed: boolean; error: string });
  return {
    passed: tests
      .filter(({ isPassed }) => isPassed)
      .map(({ name }) => name)
      .sort(),
    others: tests.filter(({ isPassed }) => !isPassed).map(({ name, error }) => `failed: ${name}: ${error}`),
  };
}

/** The report that Bun and Deno write as JUnit's XML: a test that has passed has nothing in its element. */
export function junitReport(text: string): Report {
  const passed: string[] = [];
  const others: string[] = [];
  for (const [, name = '', content = ''] of text.matchAll(
    /<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    if (content.trim() === '') passed.push(name);
    else others.push(`failed: ${name}: ${content}`);
  }
  return { passed: passed.sort(), others };
}
