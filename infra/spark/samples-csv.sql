-- An archive of CSV files with a header that has series, timestamp and value among its columns; RFC 4180 quoting. Everything is
-- read as text: the scorer says what is no number and no time. A file with other columns fails the job:
-- without enforceSchema 'false' Spark reads the columns of all files in the order that one of them has.
CREATE OR REPLACE TEMPORARY VIEW archive USING csv OPTIONS (path '${archive}', header 'true', escape '"', enforceSchema 'false');
CREATE OR REPLACE TEMPORARY VIEW samples AS SELECT series, timestamp, value FROM archive;
