from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    page = playwright.chromium.launch().new_page()
    page.goto("about:blank")
