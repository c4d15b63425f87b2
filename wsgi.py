"""The WSGI application: what gunicorn serves, and what `flask --app wsgi` runs commands of."""

from app import create_app
from app.settings import read_settings

app = create_app(read_settings())
