FROM e2bdev/code-interpreter:latest
RUN pip install pandas==2.2.3
