"""Which contact is this? URNs, phone numbers, match keys and names: pure functions of their arguments.

What they need of the hub's settings is passed in. Nothing here knows of a store, a session or other contacts.
"""
