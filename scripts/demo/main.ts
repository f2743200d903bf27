import { demo } from './demo.ts';

process.exitCode = await demo({
  arguments: process.argv.slice(2),
  write: (line) => void process.stdout.write(`${line}\n`),
  interrupted: () =>
    new Promise((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    }),
});
