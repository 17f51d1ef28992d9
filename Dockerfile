# One image for the server, the gateway and the demo's virtual devices; docker-compose.yml says which of them a container runs.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
ENV NX_DAEMON=false
RUN npm ci --no-audit --no-fund --loglevel=error
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund --loglevel=error

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./package.json
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/libs ./libs
COPY --from=build /app/apps ./apps
COPY --from=build /app/simulations ./simulations
# A named volume mounted here takes over the owner, so that the process needs no root.
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 4000 4001
CMD ["node", "apps/server/dist/main.js"]
