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
# ClickHouse is a server of its own here: the embedded engine and what only builds or tests need stay behind.
RUN rm -rf node_modules/@chdb node_modules/playwright-core && bun install --frozen-lockfile --production --omit optional

FROM oven/bun:1.4.5-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build --chown=root:root /app /app
RUN mkdir -p /data/secrets && chown -R bun:bun /data
USER bun
ENTRYPOINT ["bun"]
CMD ["edge/main.ts"]
