"""Tables as people have them: CSV and Parquet files, arrays, frames, texts; and the kinds of their columns."""
