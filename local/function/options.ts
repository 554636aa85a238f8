/** How a function is hosted. */
export interface FunctionOptions {
  /** Default `function`; in the ARN and the context. */
  readonly name?: string;
  /** Path of the built bundle, an ES module that exports `handler(event, context)`. */
  readonly bundle: string;
  /** The function's whole environment beside what Lambda itself sets; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Limit of the JavaScript heap; default 512. */
  readonly memoryMb?: number;
  /** Containers at once, as reserved concurrency; invocations beyond it are throttled. Default: no limit. */
  readonly concurrency?: number;
  /** A container serves one event alone: every invocation meets a cold one. Default false. */
  readonly alwaysCold?: boolean;
  /** Each line that the function prints, without its LF. */
  readonly onStdout: (line: string) => void;
  readonly onStderr: (line: string) => void;
}

/** The options with their defaults, and what follows from them. */
export type HostedOptions = FunctionOptions & {
  readonly name: string;
  readonly memoryMb: number;
  readonly arn: string;
};

export function withDefaults(options: FunctionOptions): HostedOptions {
  const name = options.name ?? 'function';
  const region = options.env['AWS_REGION'] ?? DEFAULT_REGION;
  const arn = `arn:aws:lambda:${region}:000000000000:function:${name}`;
  return { ...options, name, memoryMb: options.memoryMb ?? 512, arn };
}

export const DEFAULT_REGION = 'us-east-1';
