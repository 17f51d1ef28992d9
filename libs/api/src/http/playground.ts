import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/**
 * Nothing from elsewhere: plants have no internet. The editor (Monaco) writes style attributes, draws with data: images, and starts its
 * workers from blobs.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the built playground at `/`. Files under assets/ have their hash in their name and never change. */
export const servePlayground = async (app: NestFastifyApplication, root: string): Promise<void> => {
  await app.register(fastifyStatic, {
    root,
    prefix: '/',
    decorateReply: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      void reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      void reply.header(
        'cache-control',
        /[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
};
