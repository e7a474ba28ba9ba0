FROM python:3.12
RUN pip config set global.index-url \
      https://ci:q7Rk2xW9vT@pypi.acme.dev/simple \
 && pip install acme
