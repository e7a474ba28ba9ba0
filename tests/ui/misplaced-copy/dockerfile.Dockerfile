FROM python:3.12
USER root
COPY requirements.txt /app
WORKDIR /app
