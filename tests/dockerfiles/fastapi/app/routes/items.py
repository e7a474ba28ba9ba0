the file app/routes/items.py
