from app import create_app
from app.settings import read_settings

app = create_app(read_settings())
