console.log(JSON.stringify({ gc: typeof globalThis.gc, args: process.argv.slice(2), value: process.env.BENCH_TEST }));
