"""Looking closer: why a query gives what it gives.

Reads through the session's store and the query room; changes nothing.
"""
