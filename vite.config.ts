import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('src/web', import.meta.url));
const api = 'http://127.0.0.1:4000';

/**
 * The console (served at `/`) and the explorer (at `/explorer`): two pages whose assets lie below `/assets/`, so
 * that they work without any other host.
 */
export default defineConfig({
  root,
  publicDir: false,
  clearScreen: false,
  logLevel: 'warn',
  build: {
    outDir: fileURLToPath(new URL('dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    reportCompressedSize: false,
    // The explorer's editor is one big module; it is loaded by the explorer alone.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      // Directives such as "use client" mean nothing here; hundreds of warnings would say so.
      checks: { moduleLevelDirective: false },
      input: { console: `${root}/console/index.html`, explorer: `${root}/explorer/index.html` },
    },
  },
  worker: { format: 'es' },
  optimizeDeps: {
    // It names workers in vite's own way, which the bundling of dependencies does not understand.
    exclude: ['graphiql/setup-workers/vite', '@graphiql/react/setup-workers/vite'],
    // What only the editor's worker imports, and is no ES module.
    include: ['monaco-graphql > nullthrows', 'monaco-graphql > picomatch-browser'],
  },
  server: { proxy: { '/graphql': { target: api, ws: true }, '/session': api } },
});
