FROM python:3.12
COPY left-over/ /srv/app/
