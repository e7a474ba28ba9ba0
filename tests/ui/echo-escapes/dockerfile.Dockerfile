FROM debian:12
RUN echo "[server]\nport = 80" > /etc/server.ini
RUN echo "a\tb" | tee /etc/table && echo "done\n"
RUN printf "a\nb\n" > /etc/list
