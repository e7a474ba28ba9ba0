FROM mcr.microsoft.com/playwright:v1.56.1-noble
RUN npm --version
