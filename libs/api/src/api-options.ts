import type { Commands, ComponentHealth, Forks, Snapshots, TwinHost } from '@millwright/actor-host';
import type { EventStore } from '@millwright/event-store';
import type { LiveReadModel } from '@millwright/read-model';

/** The rooms that the API stands in front of. It owns none of them and closes none. */
export interface ApiOptions {
  readonly readModel: LiveReadModel;
  readonly store: EventStore;
  readonly host: TwinHost;
  readonly snapshots: Snapshots;
  readonly forks: Forks;
  readonly commands: Commands;
  readonly health: () => readonly ComponentHealth[];
  /** Folder of the built playground, served at `/`; absent: no playground. */
  readonly playgroundDir?: string;
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number;
  /** Host names (without port) that requests may be addressed to; absent: any. Set it where names can be rebound by an attacker. */
  readonly allowedHosts?: readonly string[];
  readonly limits?: Partial<ApiLimits>;
}

/** Bounds of what one client may ask for and hold. */
export interface ApiLimits {
  /** Longest GraphQL document, bytes. */
  readonly documentBytes: number;
  /** Most lexical tokens in a document. */
  readonly tokens: number;
  /** Deepest nesting of fields. */
  readonly depth: number;
  /** Most aliases in a document. */
  readonly aliases: number;
  /** Highest cost of an operation: fields, each multiplied by the `first` (or assumed length) of the lists around it. */
  readonly cost: number;
  /** Sockets open at once. */
  readonly sockets: number;
  /** Operations running at once on one socket. */
  readonly operationsPerSocket: number;
  /** Groups of identical subscriptions at once. */
  readonly groups: number;
  /** Unsent bytes after which a socket counts as behind. */
  readonly socketBufferBytes: number;
  /** How long a socket that is behind may take to catch up before it is cut, milliseconds. */
  readonly stallMs: number;
  /** Time for `connection_init`, milliseconds. */
  readonly connectionInitMs: number;
  /** Interval of WebSocket pings; a socket that leaves one unanswered is ended, milliseconds. */
  readonly keepAliveMs: number;
  /** Time for an acknowledgement to show in the read model, milliseconds. */
  readonly commandMs: number;
  /** Time for open requests and sockets to end when the server closes, milliseconds. */
  readonly closeMs: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  documentBytes: 32_768,
  tokens: 4_000,
  depth: 12,
  aliases: 30,
  cost: 100_000,
  sockets: 1_000,
  operationsPerSocket: 100,
  groups: 500,
  socketBufferBytes: 1_048_576,
  stallMs: 5_000,
  connectionInitMs: 3_000,
  keepAliveMs: 12_000,
  commandMs: 5_000,
  closeMs: 3_000,
};

/** Injection tokens: Nest cannot inject interfaces. */
export const API_OPTIONS = Symbol('ApiOptions');
export const API_LIMITS = Symbol('ApiLimits');
