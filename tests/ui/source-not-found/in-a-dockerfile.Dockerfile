FROM python:3.12
COPY app.py requirement.txt /srv/
