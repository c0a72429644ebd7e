-- An archive of Parquet files with the columns series, timestamp and value. A timestamp may be a TIMESTAMP, a number of seconds or
-- text, a value any number or text.
CREATE OR REPLACE TEMPORARY VIEW samples AS SELECT series, timestamp, value FROM parquet.`${archive}`;
