-- How many bytes a layer counts for. What was kept before counts for nobody, so nothing is known of it.
ALTER TABLE ${prefix}backups ADD COLUMN counted_bytes INTEGER CHECK (counted_bytes >= 0);

-- Why a layer is full, or holds what was written alone; for people.
ALTER TABLE ${prefix}backups ADD COLUMN because TEXT;
