# One image for daemon and commands. Two stages: the first installs and bundles, the second keeps only what runs.
# Nothing is compiled: better-sqlite3 carries its prebuilt binaries for amd64 and arm64 inside the package.
FROM node:24-trixie-slim AS build
WORKDIR /build
COPY . .
# The build script installs what it needs from the lock file.
RUN npm run build && npm prune --omit=dev

FROM node:24-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 SHIPBOT_DATA_DIR=/data
WORKDIR /app
COPY --from=build /build/package.json ./package.json
COPY --from=build /build/bin ./bin
COPY --from=build /build/dist ./dist
COPY --from=build /build/node_modules ./node_modules
# Made here so that a named volume takes over owner and mode.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=30s --start-interval=2s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "require('node:http').get({port:process.env.PORT||3000,path:'/ready'},r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"]
ENTRYPOINT ["node", "/app/bin/shipbot.js"]
CMD ["daemon"]
