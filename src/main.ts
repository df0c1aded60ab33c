#!/usr/bin/env node

// The libraries look at it when they load: production unless somebody says otherwise.
const { env } = process;
env['NODE_ENV'] ??= 'production';
const { runCli } = await import('./cli/cli.js');
await runCli(process.argv, env);

export {};
