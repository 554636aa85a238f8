import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const CORE = new RegExp(`^(node:)?(${builtinModules.join('|')})$`);

/**
 * Has Node's own modules asked for by a call. To import one as an ES module reads all of its exports, and some of these
 * load further modules when they are read: with `http`, whose WebSocket loads Node's own undici, 60 ms of CPU time
 * instead of 5. CommonJS packages get theirs in the same way, so that a bundle needs no `require`.
 */
export const coreModules: Plugin = {
  name: 'core-modules',
  setup: (build) => {
    build.onResolve({ filter: CORE }, ({ path }) => ({
      path: path.replace(/^node:/, ''),
      namespace: 'core',
    }));
    build.onLoad({ filter: /./, namespace: 'core' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};
