import { z } from 'zod';

/** What the plant file must know of a protocol; a connector's `Protocol` fits it as it is. */
export interface ProtocolSchema {
  /** As `protocol:` in the file. */
  readonly name: string;
  /** Settings of a connection; whether it names the field `protocol` too is the protocol's choice. */
  readonly connection: z.ZodType;
  readonly address: z.ZodType;
  /** The address in a few characters for people; holds no credentials. */
  describe(address: unknown): string;
}

/** Fields of a connection in the file that the protocol's own schema does not know. */
export const settingsFields = ({ connection }: ProtocolSchema): { readonly notTheirs: readonly string[] } => {
  const names = connection instanceof z.ZodObject ? Object.keys(connection.shape) : [];
  return { notTheirs: names.includes('protocol') ? [] : ['protocol'] };
};
