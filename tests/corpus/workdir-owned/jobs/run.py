import sys
import time

if "--check" not in sys.argv:
    time.sleep(100000)
