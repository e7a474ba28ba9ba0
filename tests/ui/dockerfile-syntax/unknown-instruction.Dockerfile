FROM python:3.12
RUNN pip install fastapi
COPPY app.py /srv/
