-- Pools may be children of another one, and are known by what identifies their storage.
ALTER TABLE ${prefix}pools ADD COLUMN identity TEXT;

ALTER TABLE ${prefix}pools ADD COLUMN parent TEXT CONSTRAINT ${prefix}pools_parent_fk REFERENCES ${prefix}pools (id) ON DELETE RESTRICT;

ALTER TABLE ${prefix}pools ADD COLUMN absences INTEGER NOT NULL DEFAULT 0 CHECK (absences >= 0);

CREATE INDEX ${prefix}pools_identity_ix ON ${prefix}pools (identity);

CREATE INDEX ${prefix}pools_parent_ix ON ${prefix}pools (parent);

ALTER TABLE ${prefix}volumes ADD COLUMN disk_uuid TEXT;

ALTER TABLE ${prefix}volumes ADD COLUMN second_disk_uuid TEXT;

ALTER TABLE ${prefix}template_copies ADD COLUMN disk_uuid TEXT;

CREATE INDEX ${prefix}volumes_disk_uuid_ix ON ${prefix}volumes (disk_uuid);

CREATE INDEX ${prefix}volumes_state_ix ON ${prefix}volumes (state);
