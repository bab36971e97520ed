import { Type } from '../shared/protocol.js';
import type { ChatConnection } from './chat-connection.js';
import { find } from './elements.js';
import { formatMilliseconds } from './format.js';
import { RoundTrips } from './round-trips.js';

/** A message is sent every so many ms. */
const INTERVAL = 1000;
/** Bars of the chart. */
const BARS = 30;
const HEIGHT = 20;
const SVG = 'http://www.w3.org/2000/svg';

/** Measures how long a chat message takes to the server and back, and shows it, whatever else is on its way. */
export class RoundTripView {
  readonly #time = find('round-trip', HTMLOutputElement);
  readonly #chart = find('chart', SVGSVGElement);
  readonly #roundTrips = new RoundTrips(BARS);
  readonly #connection: () => ChatConnection | undefined;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(connection: () => ChatConnection | undefined) {
    this.#connection = connection;
    this.#timer = setInterval(() => this.probe(), INTERVAL);
  }

  /** Sends a message, unless one is under way. */
  probe(): void {
    if (this.#roundTrips.isUnderWay) return;
    const time = performance.now();
    if (this.#connection()?.send(Type.Probe, '')) this.#roundTrips.begin(time);
  }

  /** The message is back. */
  arrived(): void {
    const took = this.#roundTrips.end(performance.now());
    if (took === undefined) return;
    this.#time.textContent = formatMilliseconds(took);
    this.#draw();
  }

  /** The connection has ended. */
  lost(): void {
    this.#roundTrips.lose();
    this.#time.textContent = '–';
  }

  /** Measures no more. */
  close(): void {
    clearInterval(this.#timer);
    this.lost();
  }

  #draw(): void {
    const { times } = this.#roundTrips;
    const highest = Math.max(...times);
    this.#chart.replaceChildren(
      ...times.map((time, index) => {
        const height = Math.max(1, (time / highest) * HEIGHT);
        const bar = document.createElementNS(SVG, 'rect');
        const place = { x: index + BARS - times.length, y: HEIGHT - height, width: 0.7, height };
        for (const [name, value] of Object.entries(place)) bar.setAttribute(name, `${value}`);
        return bar;
      }),
    );
  }
}
