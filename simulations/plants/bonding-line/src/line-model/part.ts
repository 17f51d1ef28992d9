import { AMBIENT_CEL, type Thermal } from './cure.js';

/** One part on its way through the line. */
export class Part {
  readonly number: number;
  /** A station spoiled it; an inspection finds out. */
  spoiled = false;
  thermal: Thermal = { temperatureCel: AMBIENT_CEL, cure: 0 };
  /** It has been in an oven; without one the bond counts as fully cured. */
  heated = false;

  /** An inspection found it bad: it leaves the line there. */
  rejected = false;

  constructor(number: number) {
    this.number = number;
  }
}
