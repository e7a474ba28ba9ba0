FROM python:3.12
WORKDIR ~/app
COPY app.py ~/app/
RUN cd ~/app && ls
