"""Everything that changes a hub: planned, applied as a whole, recorded, and undone.

Whatever the way (a verb, an edit, a merge, an import, an undo), a change ends as `Effects`, which `commit` turns into
one ChangeSet with its record in the history. Nothing here knows a face or a file.
"""
