import { usage } from '../usage.js';
import { answerCalls, say } from './calls.js';
import { Host } from './host.js';

let host: Host | undefined;

answerCalls({
  usage,
  async open({ address, seed }: { address: string; seed: number }) {
    host = await Host.open({ address, seed, onReport: (report) => say({ report }) });
    return host.ports;
  },
  begin: () => host?.begin(),
  stop: () => host?.stop(),
  close: () => host?.close(),
});
