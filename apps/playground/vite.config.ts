import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  // Served by the server at `/`, or behind a proxy under any path.
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // The editor is one large library; the page is served from the same machine or the same plant.
    chunkSizeWarningLimit: 6_000,
    // GraphiQL's packages hold hints for React's compiler, which has run on them already.
    rolldownOptions: {
      onwarn: (warning, warn) => (warning.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : warn(warning)),
    },
  },
  // `npx vite apps/playground` while working on it, with a server on the default port.
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:4000', ws: true } } },
});
