FROM node:22-slim
ENV PATH="/root/.cargo/bin:$PATH"
RUN apt-get update && apt-get install -y curl \
 && curl -fsSL https://sh.rustup.rs | sh -s -- -y --no-modify-path
RUN cargo install ripgrep
