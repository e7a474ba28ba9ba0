FROM python:3.12
USER agent
COPY app.py /home/user/app.py
COPY --chown=agent:agent src /home/user/src
RUN sudo chown -R agent /home/user/src
