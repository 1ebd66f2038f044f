-- A month of counts is one part, an hour after its last change. A question over a year looks at every part, twice with the projections,
-- before it reads anything: 55 parts took half of its time.
ALTER TABLE day_counts_log MODIFY SETTING min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;
