"""Stands in for the module psycopg2 in a test: the exception that Tornado's blog catches."""

from sqlite3 import OperationalError as ProgrammingError
