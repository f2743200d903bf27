// Plain JavaScript on purpose: it must parse on the old Node.js that it is here to refuse.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `trainyard: needs Node.js 24 or newer, but ${process.execPath} is ${process.version}. ` +
      'Run `npm ci` (not with --omit=optional or --ignore-scripts), which brings Node 24, and start through `npm run …` or `npx trainyard`.\n',
  );
  process.exit(2);
}
