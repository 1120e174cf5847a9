"""Tables: spreadsheets, text files and frames read into typed cells by column, and written from them; their headers.

Knows files and headers, and nothing of contacts in a store: what a row means is `imports`' business.
"""
