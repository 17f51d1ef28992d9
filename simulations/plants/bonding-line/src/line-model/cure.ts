/**
 * Cure of the adhesive: the Kamal–Sourour model of autocatalysed epoxies, with Arrhenius rates.
 *
 *   dα/dt = (k1 + k2 α^m) (1 − α)^n,   k = A exp(−E / (R T))
 *
 * α is the degree of cure, 0 to 1. The constants are of the order of published one-part epoxies, with the rates raised to suit a two-minute oven.
 */
const GAS_CONSTANT = 8.314;
const RATE_1 = { perSecond: 3.4e6, joulePerMole: 66_000 };
const RATE_2 = { perSecond: 1.3e6, joulePerMole: 57_000 };
const ORDER_M = 0.6;
const ORDER_N = 1.4;

/** Below the gel point the bond carries nothing. */
const GEL_POINT = 0.5;

/** Time constant with which a part follows the air around it, seconds. */
const PART_LAG_S = 12;
export const AMBIENT_CEL = 23;

export interface Thermal {
  readonly temperatureCel: number;
  readonly cure: number;
}

const rate = ({ perSecond, joulePerMole }: typeof RATE_1, kelvin: number): number =>
  perSecond * Math.exp(-joulePerMole / (GAS_CONSTANT * kelvin));

/** A part after `seconds` in air of `airCel`: exact for the temperature, one Euler step for the cure (keep steps near a second). */
export const heat = (part: Thermal, airCel: number, seconds: number): Thermal => {
  const temperatureCel = airCel + (part.temperatureCel - airCel) * Math.exp(-seconds / PART_LAG_S);
  const kelvin = temperatureCel + 273.15;
  const speed = (rate(RATE_1, kelvin) + rate(RATE_2, kelvin) * part.cure ** ORDER_M) * (1 - part.cure) ** ORDER_N;
  return { temperatureCel, cure: Math.min(1, part.cure + speed * seconds) };
};

/** Share of the full strength that a degree of cure gives: nothing up to the gel point, then linear. */
export const strengthShare = (cure: number): number => Math.max(0, (cure - GEL_POINT) / (1 - GEL_POINT));
