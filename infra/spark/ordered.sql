-- The view `samples` as text that the scorer reads, and the seconds that it is ordered by: those that the scorer reads in that text, see
-- lib/watch/sampleTime.ts. Spark's own cast is NULL for some of its forms, such as an offset behind the minutes.
CREATE OR REPLACE TEMPORARY VIEW ordered AS
WITH texts AS (
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
    COALESCE(CAST(value AS STRING), '') AS value
  FROM samples
),
-- What most archives hold. The cast of a time in UTC with its seconds is right where it is one, and costs a fraction of what follows.
numbers AS (
  SELECT *, COALESCE(TRY_CAST(timestamp AS DOUBLE), IF(timestamp LIKE '%Z' AND LENGTH(timestamp) IN (20, 24),
    UNIX_MICROS(TRY_CAST(timestamp AS TIMESTAMP)) / 1000000, NULL)) AS number
  FROM texts
),
-- Date, hours and minutes, seconds, fraction, offset; a single part is none of our times.
split AS (
  SELECT *, IF(number IS NULL, SPLIT(REGEXP_REPLACE(timestamp,
    '^\\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})([.,][0-9]+)?)?)?\\s*([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?\\s*$',
    '$1|$2|$3|$4|$5'), '[|]'), NULL) AS parts
  FROM numbers
),
-- Added up, as the scorer does: the second 60 is the first of the next minute, and an offset may be any.
locals AS (
  SELECT *,
    IF(SIZE(parts) = 5, UNIX_DATE(TRY_CAST(parts[0] AS DATE)) * 86400L + CONCAT('0', SUBSTR(parts[1], 1, 2)) * 3600L
      + CONCAT('0', SUBSTR(parts[1], 4)) * 60L + CAST(CONCAT('0', parts[2]) AS BIGINT)
      + CAST(CONCAT('0', TRANSLATE(parts[3], ',', '.')) AS DOUBLE), NULL) AS local,
    IF(SIZE(parts) = 5 AND parts[4] <> '', IF(parts[4] LIKE '-%', -1, 1)
      * (CONCAT('0', SUBSTR(parts[4], 2, 2)) * 3600L + CONCAT('0', SUBSTR(REPLACE(parts[4], ':'), 4)) * 60L), NULL) AS ahead
  FROM split
),
guesses AS (
  SELECT *, local - (UNIX_SECONDS(FROM_UTC_TIMESTAMP(TIMESTAMP_SECONDS(local), '${tz}')) - FLOOR(local)) AS guess FROM locals
)
SELECT series, timestamp, value,
  COALESCE(
    number,
    local - ahead,
    -- The scorer takes the second guess as well, in the hour too that a change of the clocks says twice.
    local - (UNIX_SECONDS(FROM_UTC_TIMESTAMP(TIMESTAMP_SECONDS(guess), '${tz}')) - FLOOR(guess)),
    -- Without a digit it is refused by the scorer. Anything else would be sorted by its value, and nobody would be told.
    IF(timestamp RLIKE '[0-9]', RAISE_ERROR('timestamp is no time: "' || LEFT(timestamp, 80)
      || '", expected epoch seconds or ISO 8601'), NULL)
  ) AS seconds
FROM guesses;
