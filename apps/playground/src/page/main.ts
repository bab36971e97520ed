import { type Echo, EchoSocket } from './echo-socket.js';
import { formatSize, makeBytes, makeText, sizes } from './payload.js';
import { formatTime, RoundTrips } from './round-trips.js';
import { BARS, drawSparkline } from './sparkline.js';

const INTERVAL = 1000;
const ROWS = 12;

const status = find('status', HTMLElement);
const toggle = find('toggle', HTMLButtonElement);
const settings = find('settings', HTMLFormElement);
const composer = find('composer', HTMLFormElement);
const composed = find('message', HTMLInputElement);
const send = find('send', HTMLButtonElement);
const copy = find('copy', HTMLButtonElement);
const command = find('command', HTMLElement);

let roundTrips = new RoundTrips();
let count = 0;
let isRunning = true;

const url = new URL('/echo', location.href);
url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';

const socket = new EchoSocket(url.href, {
  onOpen: () => {
    showStatus(true, 'Connected');
    tick();
  },
  onClose: (code) => showStatus(false, `Disconnected (${code}), connecting again`),
  onEcho: showEcho,
});

setInterval(tick, INTERVAL);

toggle.addEventListener('click', () => {
  isRunning = !isRunning;
  toggle.textContent = isRunning ? 'Stop' : 'Start';
  tick();
});

settings.addEventListener('change', () => {
  // The figures are about messages of one kind.
  roundTrips = new RoundTrips();
  tick();
});
settings.addEventListener('submit', (event) => event.preventDefault());

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = composed.value;
  if (text === '' || !socket.send(isBinary() ? new TextEncoder().encode(text) : text)) return;
  composed.value = '';
});

command.textContent = `npx -y pnpm@12 --silent client ${url.href}`;
copy.addEventListener('click', () => {
  copyCommand().catch(() => getSelection()?.selectAllChildren(command));
});

// One after the other: a large message on a slow line takes longer than the interval.
function tick(): void {
  if (!isRunning || !socket.isOpen || socket.inFlight > 0) return;
  const size = Number(new FormData(settings).get('size') ?? sizes[0]);
  count++;
  socket.send(isBinary() ? makeBytes(count, size) : makeText(count, size));
}

function isBinary(): boolean {
  return new FormData(settings).get('type') === 'binary';
}

function showStatus(isOpen: boolean, text: string): void {
  status.dataset.state = isOpen ? 'open' : 'closed';
  status.textContent = text;
  send.disabled = !isOpen;
}

function showEcho(echo: Echo): void {
  roundTrips.add(echo.time);
  const summary = roundTrips.summary();
  if (summary === undefined) return;
  for (const [name, time] of Object.entries(summary)) find(name, HTMLElement).textContent = formatTime(time);
  find('count', HTMLElement).textContent = roundTrips.count.toLocaleString('en');
  const times = roundTrips.recent(BARS);
  drawSparkline(find('sparkline', SVGSVGElement), times);
  find('peak', HTMLElement).textContent = `${formatTime(Math.max(...times))} ms`;

  const list = find('echoes', HTMLElement);
  list.prepend(echoRow(echo));
  while (list.children.length > ROWS) list.lastElementChild?.remove();
}

function echoRow({ payload, time, isSame }: Echo): HTMLLIElement {
  const isText = typeof payload === 'string';
  const bytes = isText ? new TextEncoder().encode(payload) : new Uint8Array(payload);
  // Enough for one line; a multi-byte character may be cut.
  const preview = new TextDecoder().decode(bytes.subarray(0, 200));
  const row = document.createElement('li');
  row.append(
    cell('what', isSame ? preview : 'NOT what was sent'),
    cell('kind', `${isText ? 'text' : 'binary'} · ${formatSize(bytes.length)}`),
    cell('time', `${formatTime(time)} ms`),
  );
  row.classList.toggle('wrong', !isSame);
  return row;
}

function cell(name: string, text: string): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = name;
  span.textContent = text;
  return span;
}

async function copyCommand(): Promise<void> {
  await navigator.clipboard.writeText(command.textContent ?? '');
  copy.textContent = 'Copied';
  setTimeout(() => {
    copy.textContent = 'Copy';
  }, 1500);
}

function find<T extends Element>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`no #${id} in the page`);
}
