FROM python:3.12
USER app
RUN sudo ldconfig
USER user
RUN sudo ldconfig
