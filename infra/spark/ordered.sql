-- The view `samples` as text that the scorer reads, and the seconds that it is ordered by.
CREATE OR REPLACE TEMPORARY VIEW ordered AS
SELECT
  CASE
    WHEN COALESCE(series, '') = '' THEN RAISE_ERROR('a sample has no series')
    WHEN series RLIKE '[\\t\\r\\n]' THEN RAISE_ERROR('a series has a tab or a line break in its name: ' || series)
    ELSE series
  END AS series,
  CASE
    -- As text both would be something else: local time without its offset, and 1.7E9.
    WHEN TYPEOF(timestamp) LIKE 'timestamp%'
      THEN CAST(CAST(UNIX_MICROS(TRY_CAST(timestamp AS TIMESTAMP)) / 1000000 AS DECIMAL(20, 6)) AS STRING)
    WHEN TYPEOF(timestamp) IN ('float', 'double') THEN CAST(TRY_CAST(timestamp AS DECIMAL(20, 6)) AS STRING)
    ELSE COALESCE(CAST(timestamp AS STRING), '')
  END AS timestamp,
  COALESCE(CAST(value AS STRING), '') AS value,
  COALESCE(TRY_CAST(timestamp AS DOUBLE), UNIX_MICROS(TRY_CAST(timestamp AS TIMESTAMP)) / 1000000) AS seconds
FROM samples;
