import { addClient, decodeMessage, QueueError, Type } from '@webson/example-message-queue';
import { type Connection, type Pool, Status } from 'webson';

/** Passes messages on between the listeners of a node and the other nodes that it is linked with. */
export class Relay {
  readonly #pool: Pool;
  // The names of the links: what the pool calls the connections to other nodes, dialled and accepted alike.
  readonly #links = new Set<string>();
  #counter = 0;

  /** The pool takes all connections of the node. */
  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Adds a publisher or listener. What it publishes goes to the listeners here, which are counted, and to all links. */
  addClient(connection: Connection): void {
    addClient(this.#pool, connection, (payload, topic) => this.#spread(payload, topic, connection.name));
  }

  /** Adds a node that has dialled. */
  addNode(connection: Connection): void {
    connection.onStatus(Status.Closed, () => this.#links.delete(connection.name));
    this.#addLink(connection);
  }

  /** Adds the hub that was dialled. It stays a link while the pool redials it. */
  addHub(connection: Connection): void {
    this.#addLink(connection);
  }

  #addLink(connection: Connection): void {
    connection
      .onMessage(Type.Message, async (message) => {
        const payload = message.read();
        await this.#spread(payload, decodeMessage(payload).topic, connection.name);
      })
      .onError((error, link) => {
        if (error instanceof QueueError) link.close(1008, error.message);
        else link.close(1011, 'internal error');
      });
    // A group of its own to wait for; no topic begins so.
    const link = `@${++this.#counter}`;
    this.#pool.add(connection, { name: link, group: link });
    this.#links.add(link);
  }

  // Everywhere but where it came from: in a star, as in any tree, it meets every node once, and no two wait for each other.
  async #spread(payload: Uint8Array, topic: string, from: string): Promise<number> {
    const links = [...this.#links].filter((link) => link !== from);
    for (const link of links) this.#pool.toPick(link, Type.Message, payload);
    const count = this.#pool.toGroup(topic, Type.Message, payload);
    await Promise.all([topic, ...links].map((group) => this.#pool.drained(group)));
    return count;
  }
}
