/**
 * Breaks connections at random while subscribers of one or two servers follow, once for each seed, and ends with 1 where one of them lost,
 * doubled or reordered anything, or the live values were not those of the store or were never compared. Needs etcd
 * and mongo-java-server (scripts/install-engines).
 *
 *   npm run chaos [-- FIRST_SEED [SEEDS [SECONDS]]]      seeds 1 to 20, 45 s each, by default
 */
import 'reflect-metadata';
import { chaosOf, watchChaos } from '../tests/support/watch-chaos.js';

const [first = 1, seeds = 20, seconds = 45] = process.argv.slice(2).map(Number);
let broken = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const options = chaosOf(seed, seconds * 1000);
  const { verdicts, problems, ...run } = await watchChaos(options);
  // Only compaction takes history away.
  const isResynced = !options.isHard && run.resyncs > 0;
  if (problems.length > 0 || isResynced || run.differences > 0 || run.comparisons === 0) broken++;
  const told = verdicts.map(({ name, events, resyncs }) => `${name} ${events}/${resyncs}`).join(', ');
  console.log(
    `seed ${seed}: ${run.servers} servers, ${run.written} written, ${run.faults} faults, ` +
      `${run.reconnects} reconnects, changes told/resyncs: ${told}; ` +
      `${run.differences} differences in ${run.comparisons} comparisons, ${problems.length} problems`,
  );
  for (const problem of problems) console.log(`  ${problem}`);
}
console.log(`${seeds - broken} of ${seeds} seeds passed`);
process.exitCode = broken > 0 ? 1 : 0;
