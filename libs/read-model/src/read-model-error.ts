/**
 * `deadline-exceeded`: no answer in time. `overloaded`: too many questions wait. `closed`: the model has been closed. `unavailable`: it broke
 * and stays so until it is opened again.
 */
export type ReadModelErrorCode = 'deadline-exceeded' | 'overloaded' | 'closed' | 'unavailable';

/** The read model could not answer, whatever was asked; see {@link MomentError} for a moment that has no answer. */
export class ReadModelError extends Error {
  override readonly name = 'ReadModelError';
  readonly code: ReadModelErrorCode;
  constructor(code: ReadModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
