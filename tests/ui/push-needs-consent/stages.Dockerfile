FROM python:3.12 AS build
RUN echo built >/built

FROM python:3.12
COPY --from=build /built /built
