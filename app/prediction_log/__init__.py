"""The prediction log: what was asked and answered, kept in files for audits and for training again.

Nothing here knows HTTP: `app.web.lifecycle` hands it what has been answered.
"""
