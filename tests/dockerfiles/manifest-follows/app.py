the file app.py
