-- What lies over the disks of machines. Of those that were known before, nothing is known to.
ALTER TABLE ${prefix}machine_disks ADD COLUMN overlays text NOT NULL DEFAULT '{}';
