FROM python:3.12
COPY app.py "/srv/\$x"
USER "a`b"
