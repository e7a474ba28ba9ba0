FROM e2bdev/code-interpreter:latest
COPY start-up.sh /root/.jupyter/start-up.sh
RUN chmod +x /root/.jupyter/start-up.sh
