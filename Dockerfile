# podmate's image: `docker build -t podmate .`; docs/image.md says how it is run.
#
# It holds Node's own program, the libraries that this is linked to, and what podmate runs of, and begins from nothing:
# no shell, no package manager, nothing that asks for updates of its own. Node comes from the official image of the same
# version that the tests run on. What is put together, and how, stands in scripts/image, which test/image runs as well.

FROM node:26.10.0-bookworm-slim AS build
WORKDIR /build
# Before the sources, so that a change of these leaves the packages as they are.
COPY package.json package-lock.json .npmrc ./
# Packages run nothing of theirs here. The only one that asks to is `node`, which is for machines without this version.
RUN npm ci --ignore-scripts
COPY . .
RUN scripts/image/runtime.sh /image/runtime
RUN scripts/image/app.sh /image/app

FROM scratch
COPY --from=build /image/runtime/ /
COPY --from=build /image/app/ /
LABEL org.opencontainers.image.title="podmate" \
      org.opencontainers.image.description="The container that stands next to your app: an ambassador for memcache and HTTP" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# MALLOC_ARENA_MAX: by default glibc has an allocator per thread, up to eight per core, each with memory that it keeps.
# Threads of podmate allocate little by it, and an idle daemon is 1.5 MB smaller with two.
# NODE_COMPILE_CACHE: what Node compiled when the image was built, which saves a tenth of each start.
ENV PATH=/usr/bin \
    MALLOC_ARENA_MAX=2 \
    NODE_COMPILE_CACHE=/app/compile-cache \
    NODE_COMPILE_CACHE_PORTABLE=1
# Numeric, so that Kubernetes can tell that it is not root. Any other uid does as well.
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["podmate", "healthcheck"]
ENTRYPOINT ["podmate"]
CMD ["run", "-c", "/etc/podmate/podmate.yaml"]
