-- Learns the state of every series of the view `samples` (series, timestamp, value): one JSON line each, as `nightshift score
-- --state-out` writes it and --state-in takes it up. score-archive.sh sets the variables.

-- A table at a place, not INSERT OVERWRITE: a folder that holds anything already is refused.
CREATE TABLE nightshift_states USING text OPTIONS (compression '${compression}') LOCATION '${out}' AS
SELECT TRANSFORM (series, timestamp, value)
  ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
  -- The states take the place of the scores on standard output.
  USING '${node} scorer.mjs score --format tsv --columns series,timestamp,value --tz ${tz} --kind ${kind} --max-false-alarms-per-week ${per_week} --tell ${tell} --state-out /dev/fd/3 3>&1 1>/dev/null'
  AS (state STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\u0001'
FROM (
  SELECT series, timestamp, value FROM ordered
  DISTRIBUTE BY series
  -- Of two samples of the same time the lower one comes first, in every run.
  SORT BY series, seconds, TRY_CAST(value AS DOUBLE), value
);

SELECT COUNT(*) AS series FROM nightshift_states;

-- The place is left as it is.
DROP TABLE nightshift_states;
