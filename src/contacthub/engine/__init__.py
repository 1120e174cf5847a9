"""Where documents live. The floors above know `port` and nothing else of an engine.

Engines do not know what a contact means: they keep documents, sets of ids, identities and blobs, and apply a
ChangeSet as one transaction. `columns` searches; `sqlite` keeps rows; `tiny` is TinyDB's face over `sqlite`.
"""
