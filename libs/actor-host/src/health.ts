export type HealthState = 'up' | 'degraded' | 'down';

/** One part of the server, in a sentence for people. */
export interface ComponentHealth {
  readonly name: string;
  readonly state: HealthState;
  readonly detail: string;
  /** A device or broker: when it is down the server is degraded, and restarting the server would mend nothing. */
  readonly foreign?: boolean;
}

const RANK: Readonly<Record<HealthState, number>> = { up: 0, degraded: 1, down: 2 };

/** As bad as the worst of the server's own parts; what is foreign makes it degraded at the most. */
export const worstOf = (parts: readonly ComponentHealth[]): HealthState =>
  parts
    .map(({ state, foreign }) => (foreign && state === 'down' ? 'degraded' : state))
    .reduce<HealthState>((worst, state) => (RANK[state] > RANK[worst] ? state : worst), 'up');

/** Where background failures are told; the app writes them to its log. */
export interface Reporter {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
