/** Codes of gRPC that this node answers with. */
export const GrpcCode = {
  OK: 0,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type GrpcCode = (typeof GrpcCode)[keyof typeof GrpcCode];

/** How a call ends. */
export interface GrpcStatus {
  readonly code: GrpcCode;
  /** A sentence for people. */
  readonly details: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

/** Longest sentence that is sent, characters: clients take some kilobytes of trailers. */
const MAX_DETAILS = 1_000;

/** The status as HTTP/2 trailers. */
export const trailersOf = ({ code, details, trailers }: GrpcStatus): Record<string, string> => ({
  'grpc-status': `${code}`,
  ...(details !== '' && { 'grpc-message': percentEncoded(details.slice(0, MAX_DETAILS)) }),
  ...trailers,
});

/** Through bytes, since encodeURIComponent throws at half a character. */
const percentEncoded = (text: string): string =>
  Buffer.from(text)
    .toString()
    .replace(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent);
