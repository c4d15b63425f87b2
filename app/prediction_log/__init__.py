"""The prediction log: what was asked and answered, kept in files for audits and for training again.

Nothing here knows HTTP but `app.web.recording`.
"""
