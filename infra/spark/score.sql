-- Scores the view `samples` (series, timestamp, value) into tab-separated text, byte for byte what `nightshift score --format tsv`
-- writes: one scorer a task, fed with whole series in the order of time. score-archive.sh sets the variables.

-- A table at a place, not INSERT OVERWRITE: a folder that holds anything already is refused.
CREATE TABLE nightshift_scores USING text OPTIONS (compression '${compression}') LOCATION '${out}' AS
SELECT row FROM (
  SELECT TRANSFORM (series, timestamp, value)
    ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
    USING '${node} scorer.mjs score --format tsv --columns series,timestamp,value --tz ${tz} --kind ${kind} --max-false-alarms-per-week ${per_week} --tell ${tell}'
    -- Nothing writes this delimiter: a line stays as it is.
    AS (row STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\u0001'
  FROM (
    SELECT series, timestamp, value FROM ordered
    DISTRIBUTE BY series
    -- Of two samples of the same time the lower one comes first, in every run.
    SORT BY series, seconds, TRY_CAST(value AS DOUBLE), value
  )
)
-- Each task writes a header of its own; in the place of a score no row of data has a word.
WHERE row NOT LIKE 'series\ttimestamp\tvalue\tscore\t%';

SELECT COUNT(*) AS rows, APPROX_COUNT_DISTINCT(SPLIT(row, '\t')[0]) AS about_series, COUNT_IF(SPLIT(row, '\t')[5] = 'begin') AS alarms
FROM nightshift_scores;

-- The place is left as it is.
DROP TABLE nightshift_scores;
