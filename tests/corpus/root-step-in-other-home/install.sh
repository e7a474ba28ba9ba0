#!/bin/bash
set -e
install -m 0644 motd /etc/motd
