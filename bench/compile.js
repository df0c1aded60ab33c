/**
 * Runs TypeScript as the build compiles it. tsx renames every function that is made at run time, which costs the
 * product up to twice its time and its peers, who come compiled, none. Used as `node --import ./bench/compile.js`.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import ts from 'typescript';

const root = dirname(import.meta.dirname);
const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
const given = {
  ...config.compilerOptions,
  module: 'ESNext',
  moduleResolution: 'Bundler',
  inlineSourceMap: true,
};
const { options } = ts.convertCompilerOptionsFromJson(given, root);

// The hooks run in a thread of their own, from this same file.
if (isMainThread) register(import.meta.url);

export function resolve(specifier, context, next) {
  const isOurs = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
  if (!isOurs || !specifier.endsWith('.js')) return next(specifier, context);
  const source = new URL(specifier.replace(/js$/, 'ts'), context.parentURL);
  return existsSync(source) ? { url: source.href, shortCircuit: true } : next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const fileName = fileURLToPath(url);
  const text = await readFile(fileName, 'utf8');
  const { outputText: source } = ts.transpileModule(text, { fileName, compilerOptions: options });
  return { format: 'module', source, shortCircuit: true };
}
