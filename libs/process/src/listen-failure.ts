/** A sentence for people when an address cannot be listened on; undefined for any other error. */
export const listenFailure = (
  error: unknown,
  {
    host,
    port,
    flag,
    env,
  }: { readonly host: string; readonly port: number; readonly flag: string; readonly env: string },
): string | undefined => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'EADDRINUSE') {
    return `port ${port} of ${host} is taken by another program; end it, or choose another port with --${flag} or ${env}`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `this machine has no address "${host}"; choose another with --host or MILLWRIGHT_HOST`;
  }
  return undefined;
};
