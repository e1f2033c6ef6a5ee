-- What file systems are like in a snapshot. Of those that were taken before, nobody knows.
ALTER TABLE ${prefix}snapshots ADD COLUMN consistency text;
