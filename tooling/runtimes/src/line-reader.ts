/** Takes text as it comes, and calls `onValue` for each line of JSON in it, `onOther` for each line that is none. */
export function readerOf(onValue: (value: unknown) => void, onOther: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const value = parsed(line);
      if (value === undefined) onOther(line);
      else onValue(value);
    }
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
