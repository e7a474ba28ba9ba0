FROM python:3.12
RUN pip install playwright==1.50.0 && playwright install --with-deps chromium
ENV PATH=/root/.local/bin:$PATH
CMD ["/root/run.sh"]
