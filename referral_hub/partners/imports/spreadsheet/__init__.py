"""Any spreadsheet (CSV, XLSX, ndjson) by a mapping: one row is one service at one place. All of it is pure."""
