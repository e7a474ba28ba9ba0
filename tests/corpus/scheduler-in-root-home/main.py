import json

from fastapi import FastAPI

app = FastAPI()
jobs = json.load(open("jobs.json"))
