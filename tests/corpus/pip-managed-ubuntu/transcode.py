import pathlib
import time

pathlib.Path("/opt/media/out/ready").touch()
time.sleep(100000)
