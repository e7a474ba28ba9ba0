import time

import redis

queue = redis.Redis()
while True:
    time.sleep(5)
