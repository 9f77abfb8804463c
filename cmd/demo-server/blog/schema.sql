CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  slug TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  author TEXT NOT NULL,
  published INTEGER NOT NULL, -- seconds since 1970
  updated INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_time ON entries (published DESC);
