#!/bin/bash
set -e
Xvfb "$DISPLAY" -screen 0 1280x800x24 &
sleep 1
openbox &
x11vnc -display "$DISPLAY" -forever -shared -nopw -quiet &
exec websockify --web /usr/share/novnc 6080 localhost:5900
