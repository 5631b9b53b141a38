# One image for every app; the command says which. Two stages: what builds stays behind, what runs has production packages alone.

FROM node:24.11.1-bookworm-slim AS build
WORKDIR /sluice
COPY . .
RUN npm ci --no-audit --no-fund
RUN npx tsc -b libs/store apps/ingress apps/scheduler apps/worker tools && npx vite build apps/dashboard
RUN npm ci --no-audit --no-fund --omit=dev --workspace=apps/ingress --workspace=apps/scheduler --workspace=apps/worker
# What only a build or a test reads.
RUN find apps libs tools -type d \( -name src -o -name test \) -not -path '*/node_modules/*' -not -path '*/dist/*' -prune -exec rm -rf {} +

FROM node:24.11.1-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /sluice
# Owned by root and run by another: an app cannot change its own code.
COPY --from=build /sluice/package.json ./
COPY --from=build /sluice/node_modules ./node_modules
COPY --from=build /sluice/libs ./libs
COPY --from=build /sluice/apps ./apps
COPY --from=build /sluice/tools ./tools
USER node
EXPOSE 3000
CMD ["node", "apps/ingress/dist/main.js"]
