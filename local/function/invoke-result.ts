/** What comes of one invocation, as the caller of a function sees it. */
export type InvokeResult =
  | { readonly kind: 'result'; readonly value: unknown; readonly requestId?: string }
  | {
      readonly kind: 'error';
      /** As Lambda names it: the thrown error's name, `Sandbox.Timedout`, `Runtime.ExitError`, … */
      readonly errorType: string;
      readonly errorMessage?: string;
      readonly requestId?: string;
    }
  /** Refused before the function ran. */
  | { readonly kind: 'throttled' };
