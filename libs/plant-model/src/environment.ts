export type Environment = Readonly<Record<string, string | undefined>>;

/** `$${` is a literal `${`; `${NAME}` and `${NAME:-default}` are replaced. */
const REFERENCE = /\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

export interface Substituted {
  readonly text: string;
  /** True when the text named a variable, also when that one is missing. */
  readonly changed: boolean;
  /** Variables that are not set, or empty, and have no default. */
  readonly missing: readonly string[];
}

/** Puts environment variables into one value of a plant file; as in a shell, the default also stands in for an empty one. */
export const substitute = (text: string, env: Environment): Substituted => {
  const missing: string[] = [];
  let changed = false;
  const replaced = text.replace(REFERENCE, (whole, escaped?: string, name?: string, fallback?: string) => {
    if (escaped !== undefined || name === undefined) return escaped ?? whole;
    changed = true;
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    if (fallback === undefined) missing.push(name);
    return fallback ?? '';
  });
  return { text: replaced, changed, missing };
};

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** Text that came from the environment, as the number or boolean it spells; undefined when it spells none. */
export const scalarOf = (text: string): number | boolean | undefined => {
  if (text === 'true' || text === 'false') return text === 'true';
  return NUMBER.test(text) ? Number(text) : undefined;
};
