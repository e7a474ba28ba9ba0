the file project/app.py
