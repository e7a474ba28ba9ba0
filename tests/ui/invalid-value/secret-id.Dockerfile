FROM python:3.12 AS build
FROM python:3.12 AS runtime-2
COPY --from=build /etc/hostname /x
