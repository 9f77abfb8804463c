"""Stands in for the module aiopg in a test: the calls that Tornado's blog makes, on SQLite."""

import re
import sqlite3
import types


class Cursor:
    def __init__(self, connection):
        self.cursor = connection.cursor()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.cursor.close()

    async def execute(self, statement, args=()):
        if "CREATE TABLE" in statement:
            statement = statement.replace("SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY")
            statement = re.sub(r"CREATE INDEX ON (\w+)", r"CREATE INDEX \1_index ON \1", statement)
            self.cursor.executescript(statement)
        else:
            self.cursor.execute(statement.replace("%s", "?"), args)

    async def fetchone(self):
        return self.cursor.fetchone()

    async def fetchall(self):
        return self.cursor.fetchall()

    @property
    def description(self):
        return [types.SimpleNamespace(name=column[0]) for column in self.cursor.description]


class create_pool:
    def __init__(self, **kwargs):
        self.connection = sqlite3.connect(":memory:", isolation_level=None, detect_types=sqlite3.PARSE_DECLTYPES)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exception):
        self.connection.close()

    async def cursor(self):
        return Cursor(self.connection)
