/**
 * What gRPC writes to stderr by itself it also tells by errors, which are told in sentences here. To be called before it is loaded; whoever
 * looks for a fault in it sets GRPC_NODE_VERBOSITY himself.
 */
export const quietGrpc = (): void => {
  process.env['GRPC_NODE_VERBOSITY'] ??= 'NONE';
};
