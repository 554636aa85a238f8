// Who may import whom, and who may read the time: the linter's overrides, made from one table (docs/architecture.md).

const ROOMS = [
  'engine',
  'shipper',
  'lambdas',
  'receivers',
  'local',
  'cli',
  'cdk',
  'faults',
  'simulation',
  'bench',
  'test',
  'scripts',
];
const FLOORS = [
  'level',
  'grouping',
  'record',
  'proxy',
  'destination',
  'names',
  'http',
  'settings',
  'parking',
  'telemetry',
];
/** Of the engine; each may import those before it. */
const STAGES = ['decode', 'requests', 'agent', 'settle', 'send'];

const TIME = 'Time and randomness come from the clock that is passed in (shared/base/clock.ts).';
const TIMED_IMPORTS = ['node:timers', 'node:timers/promises', 'node:perf_hooks'].map((name) => ({
  name,
  message: TIME,
}));

const within = (names) => names.map((name) => `**/${name}/**`);
const allRoomsBut = (...names) => within(ROOMS.filter((room) => !names.includes(room)));

const NO_MACHINE_CLOCK = ['../', '../../', '../../../', '../../../../'].map((up) => ({
  name: `${up}shared/base/clock.ts`,
  importNames: ['systemClock'],
  message: 'The machine’s clock is passed by the roots that put a program together.',
}));

/**
 * An override for `files`: `patterns` are refused. What is `timed` can run in simulated time; a `root` passes the
 * machine's clock to it. Where several overrides match a file, the last one alone holds.
 */
function imports(files, patterns, { timed = false, root = false } = {}) {
  const paths = timed ? [...TIMED_IMPORTS, ...(root ? [] : NO_MACHINE_CLOCK)] : [];
  return { files, rules: { 'no-restricted-imports': ['error', { paths, patterns }] } };
}

/** The same rules for a root. */
function rootLike(
  {
    rules: {
      'no-restricted-imports': [, { patterns }],
    },
  },
  file,
) {
  return imports([file], patterns, { timed: true, root: true });
}

const refuse = (group, message) => ({ group, message });
const SIBLINGS = '^\\.\\./[^.]';

/** A floor of shared/ that imports base and the floors named. */
function floor(name, below, options) {
  const above = FLOORS.filter((other) => other !== name && !below.includes(other));
  const message = `shared/${name} imports shared/base${below.map((one) => `, shared/${one}`).join('')} alone.`;
  return imports([`shared/${name}/**`], [refuse([...within(above), ...allRoomsBut()], message)], options);
}

function stage(name, at) {
  const above = [
    ...STAGES.slice(at + 1).map((one) => `../${one}/**`),
    '../container.ts',
    '../engine.ts',
    '../handler.ts',
  ];
  const message = `Stages of the engine go one way: ${STAGES.join(' < ')}.`;
  return imports([`engine/${name}/**`], [refuse([...above, ...allRoomsBut('engine')], message)], {
    timed: true,
  });
}

const ENGINE = imports(['engine/*.ts'], [refuse(allRoomsBut('engine'), 'engine/ imports shared/ alone.')], {
  timed: true,
});

const SHARED_AND_ENGINE = [
  imports(['shared/base/**'], [refuse(['../**'], 'shared/base imports no room.')]),
  imports(['shared/level/*.ts'], [refuse(['../**'], 'shared/level imports no room.')]),
  imports(['shared/level/*/**'], [refuse(['../../**'], 'shared/level imports no room.')]),
  floor('grouping', ['level'], { timed: true }),
  floor('record', ['level']),
  floor('proxy', []),
  floor('destination', ['level', 'proxy']),
  floor('names', ['destination'], { timed: true }),
  floor('http', ['level', 'proxy', 'destination']),
  floor('settings', ['level', 'proxy', 'destination', 'http'], { timed: true }),
  floor('telemetry', []),
  floor('parking', ['level', 'record', 'proxy', 'destination', 'http', 'settings'], { timed: true }),
  ...STAGES.map(stage),
  ENGINE,
  rootLike(ENGINE, 'engine/handler.ts'),
];

const BY_REGISTRY = 'redrive knows destinations by the registry alone.';
const REDRIVE_ROOMS = refuse(allRoomsBut('lambdas'), 'redrive imports shared/ and the registry.');
const REDRIVE = imports(
  ['lambdas/redrive/*.ts'],
  [REDRIVE_ROOMS, { regex: '^\\.\\./[^.]*/', message: BY_REGISTRY }],
  { timed: true },
);

/** Of redrive; each may import those before it. */
const REDRIVE_STAGES = ['base', 'agents', 'sending', 'lanes'];

function redriveStage(name, at) {
  const later = REDRIVE_STAGES.slice(at + 1);
  return imports(
    [`lambdas/redrive/${name}/**`],
    [
      REDRIVE_ROOMS,
      { regex: '^\\.\\./\\.\\./[^.]*/', message: BY_REGISTRY },
      ...(later.length === 0
        ? []
        : [
            refuse(
              later.map((one) => `../${one}/**`),
              `lambdas/redrive/${name} imports no later stage.`,
            ),
          ]),
      {
        regex: '^\\.\\./[^./]*\\.ts$',
        message: `lambdas/redrive/${name} does not import what puts it together.`,
      },
    ],
    { timed: true },
  );
}

const NO_SIBLING = { regex: SIBLINGS, message: 'A destination imports its own folder, never another’s.' };
const DESTINATIONS = [
  imports(
    ['lambdas/**'],
    [
      refuse(
        [...allRoomsBut('lambdas'), ...within(['record', 'parking', 'telemetry'])],
        'A destination imports the contract, shared/http, shared/settings and shared/level; its handler.ts the engine.',
      ),
      NO_SIBLING,
    ],
  ),
  imports(
    ['lambdas/*/handler.ts'],
    [
      refuse(allRoomsBut('lambdas', 'engine'), 'A handler imports the engine and its own folder.'),
      NO_SIBLING,
    ],
  ),
  imports(
    ['lambdas/*.ts'],
    [
      refuse(
        [...allRoomsBut('lambdas'), './*/handler.ts', './*/encode.ts', './*/settings.ts', './redrive/**'],
        'The registry imports manifests; the rest of a folder is loaded on demand.',
      ),
    ],
  ),
  REDRIVE,
  ...REDRIVE_STAGES.map(redriveStage),
  rootLike(REDRIVE, 'lambdas/redrive/handler.ts'),
  imports(
    ['receivers/*.ts'],
    [
      refuse(
        [...allRoomsBut('receivers', 'lambdas'), '**/lambdas/*/**'],
        'The receivers’ registry imports the registry of destinations.',
      ),
    ],
  ),
  imports(
    ['receivers/*/**'],
    [
      refuse(
        [...allRoomsBut('receivers'), '**/shared/**'],
        'A receiver is written from the service’s contract: it imports Node, its own folder and receivers/kit.',
      ),
      refuse(
        ['../*/**', '!../kit/**'],
        'A receiver imports its own folder and receivers/kit, never a sibling.',
      ),
    ],
  ),
  imports(
    ['receivers/kit/**'],
    [{ regex: '^\\.\\./', message: 'receivers/kit imports Node and its own files alone.' }],
  ),
];

const SHIPPER_ORDER =
  'Order of shipper/: base, protocol < options, batch < queue < sender-process; input, launcher < agent; sender (kinesis < spool < its own files) is the other process; the root composes them.';
const SHIPPER_ROOT =
  'The shipper’s main process imports Node’s core, shared/{base,record,settings} and shipper/ without sender/, which is another process: what both need is in protocol/.';
const ROOT_FOLDERS = [
  'agent',
  'base',
  'batch',
  'input',
  'launcher',
  'options',
  'protocol',
  'queue',
  'sender-process',
];

/** Files of the shipper, which import Node's core, their own folder and what is named. */
function shipper(files, allowed, message = SHIPPER_ORDER) {
  const group = ['*', '!node:*', '!node:*/*', '!./*', ...allowed.map((specifier) => `!${specifier}`)];
  return imports(files, [refuse(group, message)], { timed: true });
}

const SHARED = (...names) => names.map((name) => `../../shared/${name}/*`);
const MAIN = shipper(
  ['shipper/*.ts'],
  [
    ...ROOT_FOLDERS.map((name) => `./${name}/*`),
    ...['base', 'record', 'settings'].map((name) => `../shared/${name}/*`),
  ],
  SHIPPER_ROOT,
);
const SENDER = shipper(
  ['shipper/sender/*.ts'],
  ['./**', '../base/*', '../protocol/*', ...SHARED('base', 'record')],
);
const SHIPPER = [
  MAIN,
  rootLike(MAIN, 'shipper/main.ts'),
  shipper(['shipper/base/**'], SHARED('base')),
  shipper(['shipper/protocol/**'], []),
  shipper(['shipper/options/**'], ['../base/*', '../protocol/*', ...SHARED('base', 'record', 'settings')]),
  shipper(['shipper/batch/**'], ['../base/*', '../protocol/*', ...SHARED('base', 'record')]),
  shipper(['shipper/queue/**'], ['../base/*', '../protocol/*', '../batch/*', ...SHARED('base', 'record')]),
  shipper(
    ['shipper/sender-process/**'],
    ['../base/*', '../protocol/*', '../batch/*', '../queue/*', ...SHARED('base', 'record')],
  ),
  shipper(['shipper/input/**'], ['../base/*', ...SHARED('base', 'record')]),
  shipper(['shipper/launcher/**'], ['../base/*']),
  shipper(['shipper/agent/**'], ['../base/*', '../input/*', '../launcher/*', ...SHARED('base', 'record')]),
  SENDER,
  rootLike(SENDER, 'shipper/sender/main.ts'),
  shipper(
    ['shipper/sender/kinesis/**'],
    [
      '../../base/*',
      '../../protocol/*',
      '../../../shared/base/*',
      '../../../shared/proxy/*',
      '@aws-sdk/client-kinesis',
      '@smithy/*',
    ],
  ),
  shipper(
    ['shipper/sender/spool/**'],
    ['../../base/*', '../../protocol/*', '../kinesis/*', '../../../shared/base/*'],
  ),
];

const MAPPING = imports(
  ['local/mapping/**'],
  [refuse(allRoomsBut('local'), 'The mapping imports shared/ and local/ alone.')],
  { timed: true },
);

const TOOLS = [
  imports(
    ['local/**'],
    [
      refuse(
        allRoomsBut('lambdas', 'receivers', 'local'),
        'local/ starts the built programs and imports none of their code.',
      ),
    ],
  ),
  MAPPING,
  rootLike(MAPPING, 'local/mapping/mapping.ts'),
  imports(
    ['cli/*.ts'],
    [
      refuse(
        allRoomsBut('shipper', 'lambdas', 'receivers', 'local', 'cli'),
        'cli/ imports neither the engine nor cdk/ nor tests.',
      ),
    ],
  ),
  imports(
    ['cli/*/**'],
    [
      refuse(
        allRoomsBut('shipper', 'lambdas', 'receivers', 'local', 'cli'),
        'cli/ imports neither the engine nor cdk/ nor tests.',
      ),
      refuse(['../*.ts'], 'A command does not import what composes the commands.'),
    ],
  ),
  imports(
    ['cdk/**'],
    [
      refuse(
        [
          ...allRoomsBut('lambdas', 'cdk'),
          ...within(FLOORS.filter((name) => !['settings', 'destination'].includes(name))),
        ],
        'cdk/ reads manifests and shared/settings alone.',
      ),
    ],
  ),
];

const SIMULATION_ORDER =
  'Order of simulation/: time < history; ledger; world < checks; the root composes them.';
const SIMULATION_FOLDERS = ['time', 'ledger', 'history', 'world', 'checks'];

/** A folder of the simulation, which may import those named. */
function simulated(name, below) {
  const above = SIMULATION_FOLDERS.filter((other) => other !== name && !below.includes(other));
  const group = [
    ...above.map((other) => `../${other}/**`),
    '../*.ts',
    ...within(['faults', 'bench', 'test', 'cli', 'cdk']),
  ];
  return imports([`simulation/${name}/**`], [refuse(group, SIMULATION_ORDER)], { timed: true });
}

const SIMULATION = [
  imports(
    ['simulation/*.ts'],
    [refuse(within(['faults', 'bench', 'test', 'cli', 'cdk']), 'The simulation plays the product alone.')],
    { timed: true },
  ),
  simulated('time', []),
  simulated('ledger', []),
  simulated('history', ['time']),
  simulated('world', ['time', 'ledger', 'history']),
  simulated('checks', ['time', 'ledger', 'history', 'world']),
];

const WATCHES = ['setTimeout', 'setInterval', 'setImmediate', 'performance', 'globalThis'];
const CALLS = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['process', 'hrtime'],
  ['AbortSignal', 'timeout'],
];
/** What can run in simulated time. */
const TIMED = [
  'engine/**',
  'shared/settings/**',
  'shared/parking/**',
  'lambdas/redrive/**',
  'local/mapping/**',
  'shipper/**',
  'simulation/{history,world,checks,ledger}/**',
];
const CLOCK = [
  {
    files: TIMED,
    rules: {
      'no-restricted-globals': ['error', ...WATCHES.map((name) => ({ name, message: TIME }))],
      'no-restricted-properties': [
        'error',
        ...CALLS.map(([object, property]) => ({ object, property, message: TIME })),
      ],
    },
  },
];

export const OVERRIDES = [
  ...SHARED_AND_ENGINE,
  ...DESTINATIONS,
  ...SHIPPER,
  ...TOOLS,
  ...SIMULATION,
  ...CLOCK,
];
