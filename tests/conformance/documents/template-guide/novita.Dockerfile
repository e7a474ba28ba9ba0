# Make sure to use this base image
FROM novitalabs/code-interpreter:latest

# Install some Python packages
RUN pip install cowsay
