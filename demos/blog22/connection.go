package main

import (
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// A Row is a row of a result, by column. Templates read row.title and row["title"].
type Row map[string]any

// ErrMultipleRows is the error of Get if the result has more than one row.
var ErrMultipleRows = errors.New("the query returned more than one row")

// A Connection has the methods of tornado.database.Connection. They block, so handlers call them
// through BaseHandler. Any goroutine may use it.
type Connection struct{ db *sql.DB }

//go:embed schema.sql
var schema string

// Connect opens the SQLite database in a file, and creates the file and the tables if they are
// missing.
func Connect(file string) (*Connection, error) {
	source := url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)"},
	}.Encode()}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(schema); err != nil {
		db.Close()
		return nil, fmt.Errorf("database %s: %w", file, err)
	}
	return &Connection{db}, nil
}

// Close closes the database. Tornado 2.2: Connection.close.
func (c *Connection) Close() error { return c.db.Close() }

// Query returns the rows of a result. Tornado 2.2: Connection.query.
func (c *Connection) Query(query string, args ...any) (found []Row, err error) {
	rows, err := c.db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, pointers := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			return nil, err
		}
		row := Row{}
		for i, column := range columns {
			row[column] = values[i]
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// Get returns the only row of a result, or nil if there is none. More than one is an error.
// Tornado 2.2: Connection.get.
func (c *Connection) Get(query string, args ...any) (Row, error) {
	rows, err := c.Query(query, args...)
	switch {
	case err != nil || len(rows) == 0:
		return nil, err
	case len(rows) > 1:
		return nil, ErrMultipleRows
	}
	return rows[0], nil
}

// Execute runs a statement and returns the ID of the row that it has inserted last. Tornado 2.2:
// Connection.execute.
func (c *Connection) Execute(query string, args ...any) (int64, error) {
	result, err := c.db.Exec(query, args...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}
