"""The warehouse: where records are loaded to, and what is done there by SQL after each load."""
