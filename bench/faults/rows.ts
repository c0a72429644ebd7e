import { readSeries } from './corpus.ts';

// node bench/faults/rows.ts: the recorded series as `series,timestamp,value`, for `nightshift score` and whatever else reads rows.
process.stdout.write('series,timestamp,value\n');
for (const { name, times, values } of readSeries())
  for (const [at, value] of values.entries())
    if (!Number.isNaN(value)) process.stdout.write(`${name},${times[at]},${value}\n`);
