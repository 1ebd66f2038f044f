# One image for every part; the command says which part it is.
FROM oven/bun:1.4.5-slim AS build
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY kafka/package.json kafka/
COPY clickhouse/package.json clickhouse/
COPY edge/package.json edge/
COPY aggregator/package.json aggregator/
COPY dashboard/package.json dashboard/
COPY sdk/package.json sdk/
COPY bench/package.json bench/
COPY cli/package.json cli/
COPY e2e/package.json e2e/
RUN bun install --frozen-lockfile
COPY . .
RUN bun run --cwd dashboard build

# What runs: no embedded engine (ClickHouse is a server of its own here), nothing that only builds, tests or measures.
FROM build AS parts
RUN rm -rf node_modules dashboard/node_modules \
  && bun install --frozen-lockfile --production --omit optional \
  && rm -rf bench e2e docs deploy monitoring dashboard/src dashboard/test node_modules/.cache \
  && find . -name '*.test.ts' -not -path './node_modules/*' -delete

FROM oven/bun:1.4.5-slim
WORKDIR /app
ENV NODE_ENV=production
# Volumes are made with the owner of what they cover.
RUN mkdir -p /data/secrets && chmod 700 /data/secrets && chown -R bun:bun /data
COPY --from=parts --chown=root:root /app /app
USER bun
ENTRYPOINT ["bun"]
CMD ["edge/main.ts"]
