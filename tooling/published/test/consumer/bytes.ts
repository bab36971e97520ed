// What takes bytes in a browser, and in Node where its types are there: what it gets must not be shared with another thread.
import type { Message } from 'webson';

export async function store(message: Message): Promise<Blob> {
  const response = new Response(message.read());
  console.log(response.ok, await crypto.subtle.digest('SHA-256', message.read()));
  for await (const chunk of message.readIter()) console.log(new Blob([chunk]).size);
  return new Blob([message.read()]);
}
