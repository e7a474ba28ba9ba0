FROM python:3.12
COPY requirements.txt /tmp/
RUN pip install -r /tmp/requirements.txt && rm /tmp/requirements.txt
WORKDIR /tmp/build
RUN make
RUN rm -rf /tmp/build
