import os

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI(title="notes")
notes: dict[int, str] = {}


class Note(BaseModel):
    text: str


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok", "env": os.environ.get("APP_ENV", "development")}


@app.post("/notes", status_code=201)
def add(note: Note) -> dict[str, int]:
    number = len(notes) + 1
    notes[number] = note.text
    return {"id": number}


@app.get("/notes/{number}")
def read(number: int) -> Note:
    if number not in notes:
        raise HTTPException(404, "no such note")
    return Note(text=notes[number])
