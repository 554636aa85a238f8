import type { AgentKind } from '../../../shared/parking/backlog.ts';
import type { Listed } from '../../../shared/parking/bucket.ts';

export type FolderKind = AgentKind | 'unreadable';

/** What is known of one agent's objects of one kind. */
export interface Folder {
  readonly kind: FolderKind;
  /** '' for records that no function could read. */
  readonly agentId: string;
  readonly prefix: string;
  /** Tries of it that failed in a row. */
  failures: number;
  /** Epoch ms of the last one; 0: none yet. */
  triedMs: number;
  /** Not to be tried before, epoch ms. */
  nextMs: number;
  /** Our own code: why the last try failed. */
  reason: string | undefined;
  /** The key of the object that was last tried alone, and failed. */
  tried: string | undefined;
  /** Between a key that failed and one behind it that was delivered, the last that fails is searched. */
  gap: Gap | undefined;
  /** Objects up to this key are passed over: they have had their turn, or are out of scope. */
  after: string | undefined;
  /** Its first object, where that was seen and failed: it need not be listed again. */
  head: Listed | undefined;
  /** When its oldest object arrived, as far as that was seen, epoch ms. */
  oldestMs: number | undefined;
  /** Objects in its next turn: few at first, so that one that is bad is soon found. */
  pageSize: number;
  /** It was in an event that the function crashed over: it goes alone until it is delivered. */
  alone: boolean;
  /** Something of it was delivered in this run, and at most one try failed since. */
  flowed: boolean;
}

export interface Gap {
  /** Failed. */
  readonly low: string;
  /** Was delivered. */
  readonly high: string;
}

export const FIRST_PAGE = 8;

export function newFolder(kind: FolderKind, destination: string, agentId: string): Folder {
  return {
    kind,
    agentId,
    prefix: `${kind}/${destination}/${agentId === '' ? '' : `${agentId}/`}`,
    failures: 0,
    triedMs: 0,
    nextMs: 0,
    reason: undefined,
    tried: undefined,
    gap: undefined,
    after: undefined,
    head: undefined,
    oldestMs: undefined,
    pageSize: FIRST_PAGE,
    alone: false,
    flowed: false,
  };
}

/** Of it everything is sent, page by page, whatever comes of each: an operator asked for it. */
export function isPassedThrough({ kind }: Folder): boolean {
  return kind === 'rejected' || kind === 'unreadable';
}

/** Something of it was delivered: its next turn may be larger. */
export function noteDelivered(folder: Folder, maxPage: number): void {
  folder.pageSize = folder.flowed ? Math.min(maxPage, folder.pageSize * FIRST_PAGE) : FIRST_PAGE;
  folder.failures = 0;
  folder.reason = undefined;
  folder.head = undefined;
  folder.alone = false;
  folder.flowed = true;
}

/** While a run lasts, an agent that fails is tried again after so long: below the interval of the schedule. */
const TRY_AGAIN_MS = 200_000;

export interface FailedTry {
  readonly key: string;
  readonly reason: string;
  /** Nothing is behind the object. */
  readonly isLast: boolean;
}

/**
 * An object of it failed alone. An agent that was well a moment ago is tried again at once with its next object, which
 * tells whether that one is bad or the agent is in trouble.
 */
export function noteFailed(folder: Folder, { key, reason, isLast }: FailedTry, nowMs: number): void {
  folder.failures += 1;
  folder.triedMs = nowMs;
  folder.reason = reason;
  folder.tried = key;
  folder.pageSize = FIRST_PAGE;
  folder.nextMs = folder.flowed && !isLast ? nowMs : nowMs + TRY_AGAIN_MS;
  folder.flowed = false;
}
