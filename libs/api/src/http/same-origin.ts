import type { IncomingMessage } from 'node:http';

/**
 * Why a request must be refused, undefined when it may pass. A browser says from which page a request comes (Origin); a page of
 * another site must not command a plant. Programs send no Origin and pass.
 */
export const originFault = (
  { headers }: Pick<IncomingMessage, 'headers'>,
  allowedHosts?: readonly string[],
): string | undefined => {
  const { host, origin } = headers;
  if (allowedHosts && !allowedHosts.includes(hostName(host ?? ''))) {
    return `the host "${hostName(host ?? '')}" is not one of the allowed hosts: ${allowedHosts.join(', ')}`;
  }
  if (origin === undefined) return undefined;
  return hostOf(origin) === host ? undefined : `requests from "${origin}" to "${host}" are refused: another origin`;
};

const hostName = (host: string): string => host.replace(/:\d+$/, '');

const hostOf = (origin: string): string | undefined => {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
};
