/** A file that every destination has. */
export interface RegistryPart {
  readonly path: string;
  /** What others ask of it. */
  readonly exports?: string;
  /** For whoever adds a destination. */
  readonly what: string;
}

/** What belongs to the destination of this id, and where it stands; `CONTRIBUTING.md` has the same in words. */
export function partsOf(id: string): readonly RegistryPart[] {
  return [
    {
      path: `lambdas/${id}/manifest.ts`,
      exports: 'MANIFEST',
      what: 'the destination in plain data, `as const satisfies Manifest`',
    },
    { path: `lambdas/${id}/settings.ts`, what: 'one schema, which reads the secret' },
    { path: `lambdas/${id}/encode.ts`, what: 'lines to the body of a request' },
    { path: `lambdas/${id}/destination.ts`, exports: 'DESTINATION', what: 'one request, one outcome' },
    { path: `lambdas/${id}/handler.ts`, what: 'what Lambda calls' },
    { path: `lambdas/${id}/README.md`, what: 'its page: settings, and what it does with lines' },
    {
      path: `receivers/${id}/receiver.ts`,
      exports: 'RECEIVER',
      what: 'a strict stand-in, written from the documents of the service (receivers/kit/receiver-kind.ts)',
    },
    { path: `test/lambdas/${id}/${id}.test.ts`, what: 'tests of what is particular to it' },
    {
      path: `test/lambdas/${id}/hostile-settings.ts`,
      exports: 'HOSTILE_SETTINGS',
      what: 'where its settings could do harm (test/security/hostile-settings.ts)',
    },
    { path: `test/fixtures/golden/${id}`, what: 'bodies, limits and answers as the service documents them' },
    { path: `test/receivers/${id}/receiver.test.ts`, what: 'tests of its receiver' },
    {
      path: `test/receivers/${id}/read-back.ts`,
      exports: 'READ_BACK',
      what: 'how accepted lines are read back (test/helpers/read-back.ts)',
    },
  ];
}
