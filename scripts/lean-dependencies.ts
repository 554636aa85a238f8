import type { Plugin } from 'esbuild';

interface LeanModule {
  /** As it is imported … */
  readonly path: RegExp;
  /** … by whom. */
  readonly importer: RegExp;
  /** Taken in its place; resolves imports as the importer does. A name that is missing here fails the build. */
  readonly contents: string;
}

/** CPU times: of loading the module in Node 24 on a small x86 machine. */
const LEAN: readonly LeanModule[] = [
  // The SDK's handler for HTTP/1.1 stands beside that for HTTP/2, and asks for this whether it is used or not: 1.6 MiB.
  {
    path: /^node:https$/,
    importer: /[\\/]@smithy[\\/]node-http-handler[\\/]/,
    contents: `
      const https = () => process.getBuiltinModule('node:https');
      module.exports = {
        get Agent() { return https().Agent; },
        get request() { return https().request; },
      };`,
  },
  // The index loads fetch, WebSocket, caches and mocks too, half of the package. It gives the clients their methods,
  // of which CONNECT is the one that we call.
  {
    path: /^undici$/,
    importer: /[\\/]shared[\\/]http[\\/]/,
    contents: `
      import connect from 'undici/lib/api/api-connect.js';
      import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
      export { default as Client } from 'undici/lib/dispatcher/client.js';
      export { default as buildConnector } from 'undici/lib/core/connect.js';
      Object.assign(Dispatcher.prototype, { connect });`,
  },
  // undici does without it where a build of Node lacks it, and speaks HTTP/1.1, which is all that we ask for: 30 ms.
  {
    path: /^node:http2$/,
    importer: /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h2\.js$/,
    contents: "throw new Error('HTTP/2 is left out of this bundle');",
  },
  // The same parser again for machines without vector instructions, on which no function runs: 72 KB to read.
  {
    path: /^\.\.\/llhttp\/llhttp-wasm\.js$/,
    importer: /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h1\.js$/,
    contents: "throw new Error('The HTTP parser without SIMD is left out of this bundle');",
  },
  // zod's messages in 50 languages, which no bundler can shake off where `z` is imported by name. Functions import it
  // as a namespace, which saves more than these: half of zod.
  {
    path: /[\\/]locales[\\/]index\.js$/,
    importer: /[\\/]node_modules[\\/]zod[\\/]/,
    contents: "export { default as en } from '../locales/en.js';",
  },
];

/** Leaves out of the bundles what our dependencies load for others: each cold start would load it. */
export const leanDependencies: Plugin = {
  name: 'lean-dependencies',
  setup: (build) => {
    for (const [index, { path, importer, contents }] of LEAN.entries()) {
      const namespace = `lean-${index}`;
      build.onResolve({ filter: path, namespace: 'file' }, (found) =>
        importer.test(found.importer)
          ? { path: found.path, namespace, pluginData: found.resolveDir }
          : undefined,
      );
      build.onLoad({ filter: /./, namespace }, ({ pluginData }) => ({
        contents,
        resolveDir: pluginData as string,
      }));
    }
  },
};
