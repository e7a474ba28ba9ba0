FROM python:3.12
COPY scr/*.py /srv/
COPY requirement?.tx? /etc/requirements/
COPY require.tx? /etc/wanted/
COPY app.py app.lock* /srv/
COPY setting[s].ini /etc/
