-- How many bytes a layer counts for. What was kept before counts for nobody, so nothing is known of it.
ALTER TABLE ${prefix}backups ADD COLUMN counted_bytes bigint CHECK (counted_bytes >= 0);
