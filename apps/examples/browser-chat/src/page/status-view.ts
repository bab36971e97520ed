import type { Standing } from './chat-connection.js';
import { find } from './elements.js';

/** Says where the connection stands. */
export class StatusView {
  readonly #status = find('status', HTMLElement);
  // Beside what is read out, or every second would be.
  readonly #countdown = find('countdown', HTMLElement);
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Shows a standing, and counts the seconds of a wait. */
  show(standing: Standing): void {
    clearInterval(this.#timer);
    this.#countdown.textContent = '';
    this.#status.dataset.state = standing.state;
    const text = textOf(standing);
    // What is the same is not said again.
    if (this.#status.textContent !== text) this.#status.textContent = text;
    if (standing.state !== 'waiting') return;
    const until = performance.now() + standing.delay;
    const count = (): void => {
      const left = Math.ceil((until - performance.now()) / 1000);
      this.#countdown.textContent = left > 1 ? `in ${left} s` : '';
    };
    count();
    this.#timer = setInterval(count, 1000);
  }
}

function textOf({ state }: Standing): string {
  if (state === 'open') return 'Connected';
  if (state === 'silent') return 'The server is silent';
  if (state === 'ended') return 'Disconnected';
  return state === 'connecting' ? 'Connecting' : 'Disconnected, trying again';
}
