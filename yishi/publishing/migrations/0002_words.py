"""The table of words behind publishing.Page, by the database's own full-text search.

SQLite: FTS5 with the tokenizer `ascii`, which takes every character beyond ASCII as a letter, whatever
Unicode the library was built with; the words are cut in Python. It holds its own words: a contentless
table could not be deleted from before SQLite 3.43. PostgreSQL: tsvectors without places, and the folded
text to say whether pairs stand in a row. No foreign key to the page: emptying the tables of the
models (demo, tests) must not stumble over a table that no model knows.
"""

from django.db import migrations

SQLITE = ["CREATE VIRTUAL TABLE publishing_words USING fts5(title, text, tokenize='ascii')"]
POSTGRESQL = [
    "CREATE TABLE publishing_words (page_id bigint PRIMARY KEY, title tsvector NOT NULL,"
    " whole tsvector NOT NULL, title_folded text NOT NULL, text_folded text NOT NULL)",
    "CREATE INDEX publishing_words_whole ON publishing_words USING gin (whole)",
    "CREATE INDEX publishing_words_title ON publishing_words USING gin (title)",
]


def make(apps, schema_editor):
    for line in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(line)


def unmake(apps, schema_editor):
    schema_editor.execute("DROP TABLE publishing_words")


class Migration(migrations.Migration):
    dependencies = [("publishing", "0001_initial")]
    operations = [migrations.RunPython(make, unmake)]
