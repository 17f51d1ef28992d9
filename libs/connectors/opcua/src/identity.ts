import { hostname } from 'node:os';
import { InMemoryCertificateKeyPairProvider } from 'node-opcua-common';

export const APPLICATION_NAME = 'Millwright';
/** Names this installation to a server; the same in its certificate. */
export const APPLICATION_URI = `urn:${hostname()}:${APPLICATION_NAME}`;

let made: Promise<InMemoryCertificateKeyPairProvider> | undefined;

/**
 * A certificate for this process, in memory. Without message security nobody checks it, but node-opcua wants one, and would by default keep
 * it in a folder in the user's home.
 */
export const identity = (): Promise<InMemoryCertificateKeyPairProvider> => (made ??= makeIdentity());

const makeIdentity = async (): Promise<InMemoryCertificateKeyPairProvider> => {
  const provider = new InMemoryCertificateKeyPairProvider();
  await provider.ensureCertificateExists({
    subject: `/CN=${APPLICATION_NAME}`,
    applicationUri: APPLICATION_URI,
    dns: [hostname()],
    ip: [],
  });
  return provider;
};
