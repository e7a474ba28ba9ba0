FROM python:3.12
ENV PATH=/opt/x/bin
