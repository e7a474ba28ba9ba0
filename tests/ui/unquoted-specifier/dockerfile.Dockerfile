FROM python:3.12
RUN pip install --no-cache-dir fastapi>=0.100 uvicorn
