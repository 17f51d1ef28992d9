/** A seeded stream of random draws; streams of different names are independent, so a draw more in one does not shift another. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d = 1;
  private spare: number | undefined;

  constructor(seed: number, name: string) {
    const text = `${seed}/${name}`;
    this.a = fnv1a(text, 0x811c9dc5);
    this.b = fnv1a(text, 0x9e3779b9);
    this.c = fnv1a(text, 0x85ebca6b);
    for (let i = 0; i < 12; i++) this.uniform();
  }

  /** In [0, 1): sfc32, a small generator that passes PractRand. */
  uniform(): number {
    const sum = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** Standard normal (Box–Muller; the second of each pair is kept). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Lognormal by its own mean and standard deviation, not by those of its logarithm. */
  lognormal(mean: number, sd: number): number {
    const variance = Math.log(1 + (sd / mean) ** 2);
    return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * this.normal());
  }
}

const fnv1a = (text: string, basis: number): number => {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
};
