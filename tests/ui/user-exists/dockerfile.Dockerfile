FROM python:3.12
RUN useradd -m user
RUN useradd -m -u 1000 app
RUN groupadd --gid 1000 team
USER app
