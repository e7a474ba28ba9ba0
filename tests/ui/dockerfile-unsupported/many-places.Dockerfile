FROM golang:1.23 AS build
RUN make
FROM debian:bookworm
COPY --from=build /out/app /usr/bin/
COPY --from=build /out/lib /usr/lib/app/
RUN --mount=type=bind,source=a,target=a --mount=type=bind,source=b,target=b ./a b
USER 1000:0
