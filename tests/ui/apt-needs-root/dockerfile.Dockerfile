FROM python:3.12
RUN apt-get update
USER app
RUN echo ok && \
    apt-get install -y ffmpeg
