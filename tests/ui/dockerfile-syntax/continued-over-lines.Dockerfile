FROM python:3.12
ENV A=1 \
    # a comment
    B="open \
    C=3
