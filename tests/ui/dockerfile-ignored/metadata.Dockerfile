FROM python:3.12
EXPOSE 8000
LABEL a=b \
      c=d
RUN --mount=type=cache,target=/root/.cache pip install flask
