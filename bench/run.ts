/**
 * Runs benchmarks by name: `npm run bench -- claims`. Without a name it lists them.
 */
import { readdirSync } from 'node:fs';

const NOT_ONE = /^(?:run|.*-child|.*-stage)\.ts$/;
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !NOT_ONE.test(file))
  .map((file) => file.slice(0, -'.ts'.length));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (wanted.length === 0 || unknown.length > 0) {
  console.log(`benchmarks: ${names.join(', ')}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}
for (const name of wanted) {
  const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<void> };
  await run();
}
