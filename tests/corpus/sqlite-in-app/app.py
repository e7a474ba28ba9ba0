import sqlite3

from flask import Flask

app = Flask(__name__)
db = sqlite3.connect("items.db")
db.execute("CREATE TABLE IF NOT EXISTS items (name TEXT)")
