FROM golang:1.23 AS build
RUN make
FROM debian:bookworm
COPY --from=build /out/app /usr/bin/
