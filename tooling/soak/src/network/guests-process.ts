import { usage } from '../usage.js';
import { answerCalls, say } from './calls.js';
import { Guests, type GuestsOptions } from './guests.js';

let guests: Guests | undefined;
// Of all that there have been.
let redials: Guests['redials'] = { count: 0, mostAttempts: 0 };

answerCalls({
  usage,
  come(options: Omit<GuestsOptions, 'onReport' | 'onSilent' | 'onFault'>) {
    guests = new Guests({ ...options, onReport: (report) => say({ report }), onFault: (fault) => say({ fault }) });
    return guests.come();
  },
  begin: () => guests?.begin(),
  settle: () => guests?.settle(),
  async leave() {
    await guests?.leave();
    const { count, mostAttempts } = guests?.redials ?? redials;
    redials = { count: redials.count + count, mostAttempts: Math.max(redials.mostAttempts, mostAttempts) };
  },
  redials: () => redials,
});
