/** What the stand-ins' server hands on, and what it is given to answer. */
export interface HttpRequest {
  readonly method: string;
  /** As sent: percent-encoded path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
