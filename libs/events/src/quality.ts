/** OPC UA status code of a sample, an unsigned 32-bit number; the two top bits carry the severity (OPC UA part 4, 7.39). */
export type StatusCode = number;

export const GOOD: StatusCode = 0x0000_0000;
export const UNCERTAIN: StatusCode = 0x4000_0000;
export const BAD: StatusCode = 0x8000_0000;

export type QualityKind = 'good' | 'uncertain' | 'bad';

const KIND_BY_SEVERITY: readonly QualityKind[] = ['good', 'uncertain', 'bad', 'bad'];

/** Severity of a status code; the reserved severity 0b11 counts as bad. */
export const qualityKind = (status: StatusCode): QualityKind => KIND_BY_SEVERITY[status >>> 30]!;
