/** What the program of programs/exchange.js returns when all goes well. */
export const EXCHANGED = {
  plain: ['you said: grüße', '1,2,255', 4001, 'done', true],
  streamed: { up: true, down: true, third: 'third', pong: 'there?', extensions: ['webson-streams'], code: 4002 },
  pooled: { answer: 'you said: again', steps: ['dial', 'ready', 'wait', 'dial', 'ready'] },
};
