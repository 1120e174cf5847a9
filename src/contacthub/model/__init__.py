"""What things are: contacts, fields, groups, tags, lists, members, settings. Data and its rules only.

Nothing here knows of a store, a session or a screen; a value that breaks a rule raises `InvalidValue`.
"""
