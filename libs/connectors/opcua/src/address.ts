import { duration } from '@millwright/plant-model';
import { z } from 'zod';

/** OPC UA part 6, 5.3.1.10, with a namespace by index or by URI; the identifier as number, text, GUID or base64. */
const NODE_ID =
  /^(?:ns=\d{1,5};|nsu=[^;]+;)?(?:i=\d{1,10}|s=.+|g=[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|b=[A-Za-z0-9+/]+={0,2})$/;

export const opcuaConnection = z
  .strictObject({
    endpoint: z
      .string()
      .regex(/^opc\.tcp:\/\/[^\s/]+/, 'expected an endpoint such as "opc.tcp://192.168.10.30:4840"')
      .describe('Where the server listens; a path after the port is sent along'),
    username: z.string().min(1).optional().describe('Absent: anonymous'),
    password: z.string().optional(),
    security: z
      .literal('none', 'expected "none": signed and encrypted connections come with issue 4')
      .default('none')
      .describe('Message security; only "none" so far'),
    timeout: duration.prefault('5 s').describe('Longest wait for the connection and for each answer'),
  })
  .check(({ value, issues }) => {
    if ((value.username === undefined) === (value.password === undefined)) return;
    const [field, other] = value.username === undefined ? ['username', 'password'] : ['password', 'username'];
    issues.push({ code: 'custom', input: value, path: [field!], message: `needed, since there is a ${other}` });
  });
/** Settings of one connection; `timeout` in milliseconds. */
export type OpcuaConnection = z.output<typeof opcuaConnection>;

export const opcuaAddress = z.strictObject({
  node: z
    .string()
    .regex(NODE_ID, 'expected a node id such as "ns=2;s=S3.State", "nsu=http://example.org/cell;i=42" or "i=2258"')
    .describe('Node id; nsu= names the namespace by its URI, which stays when the server renumbers its namespaces'),
  index: z.int().min(0).optional().describe('Element of an array, from 0'),
});
export type OpcuaAddress = z.output<typeof opcuaAddress>;

/** `ns=2;s=S3.State`, `ns=2;s=Zones[3]`. */
export const describeAddress = ({ node, index }: OpcuaAddress): string =>
  index === undefined ? node : `${node}[${index}]`;

const BY_URI = /^nsu=([^;]+);(.+)$/;

/** Whether the node's namespace is named by its URI. */
export const isByUri = ({ node }: OpcuaAddress): boolean => BY_URI.test(node);

/** The node id by index, from the server's own table of namespaces; undefined when it does not have the one that is named. */
export const nodeIdOf = ({ node }: OpcuaAddress, namespaces: readonly string[]): string | undefined => {
  const match = BY_URI.exec(node);
  if (!match) return node;
  const index = namespaces.indexOf(match[1]!);
  return index < 0 ? undefined : `ns=${index};${match[2]}`;
};
