-- The snapshots of one volume as a whole; outlives the volume, whose id it has.
CREATE TABLE ${prefix}chains (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    pool TEXT NOT NULL,
    life TEXT NOT NULL,
    next_place INTEGER NOT NULL CHECK (next_place > 0),
    CONSTRAINT ${prefix}chains_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}chains_pool_ix ON ${prefix}chains (pool);

ALTER TABLE ${prefix}snapshots ADD COLUMN chain TEXT CONSTRAINT ${prefix}snapshots_chain_fk REFERENCES ${prefix}chains (id) ON DELETE RESTRICT;

ALTER TABLE ${prefix}snapshots ADD COLUMN place_in_chain INTEGER;

ALTER TABLE ${prefix}snapshots ADD COLUMN taken_in TEXT CONSTRAINT ${prefix}snapshots_taken_in_fk REFERENCES ${prefix}pools (id) ON DELETE RESTRICT;

ALTER TABLE ${prefix}snapshots ADD COLUMN state TEXT;

ALTER TABLE ${prefix}snapshots ADD COLUMN usage_state TEXT;

ALTER TABLE ${prefix}snapshots ADD COLUMN size_bytes INTEGER;

CREATE INDEX ${prefix}snapshots_chain_ix ON ${prefix}snapshots (chain);

CREATE INDEX ${prefix}snapshots_taken_in_ix ON ${prefix}snapshots (taken_in);

-- A backup is a layer: in full, or over another one.
ALTER TABLE ${prefix}backups ADD COLUMN chain TEXT CONSTRAINT ${prefix}backups_chain_fk REFERENCES ${prefix}chains (id) ON DELETE RESTRICT;

ALTER TABLE ${prefix}backups ADD COLUMN store TEXT CONSTRAINT ${prefix}backups_store_fk REFERENCES ${prefix}pools (id) ON DELETE RESTRICT;

ALTER TABLE ${prefix}backups ADD COLUMN parent TEXT CONSTRAINT ${prefix}backups_parent_fk REFERENCES ${prefix}backups (id) ON DELETE RESTRICT;

ALTER TABLE ${prefix}backups ADD COLUMN state TEXT;

ALTER TABLE ${prefix}backups ADD COLUMN checkpoint_name TEXT;

CREATE INDEX ${prefix}backups_chain_ix ON ${prefix}backups (chain);

CREATE INDEX ${prefix}backups_store_ix ON ${prefix}backups (store);

CREATE INDEX ${prefix}backups_parent_ix ON ${prefix}backups (parent);

CREATE TABLE ${prefix}replicas (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    chain TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    layer TEXT NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT ${prefix}replicas_unique UNIQUE (snapshot, layer),
    CONSTRAINT ${prefix}replicas_chain_fk FOREIGN KEY (chain) REFERENCES ${prefix}chains (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}replicas_snapshot_fk FOREIGN KEY (snapshot) REFERENCES ${prefix}snapshots (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}replicas_layer_fk FOREIGN KEY (layer) REFERENCES ${prefix}backups (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}replicas_chain_ix ON ${prefix}replicas (chain);

CREATE INDEX ${prefix}replicas_layer_ix ON ${prefix}replicas (layer);

CREATE TABLE ${prefix}readings (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    chain TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    layer TEXT NOT NULL,
    pool TEXT NOT NULL,
    CONSTRAINT ${prefix}readings_chain_fk FOREIGN KEY (chain) REFERENCES ${prefix}chains (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}readings_layer_fk FOREIGN KEY (layer) REFERENCES ${prefix}backups (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}readings_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}readings_chain_ix ON ${prefix}readings (chain);

CREATE INDEX ${prefix}readings_layer_ix ON ${prefix}readings (layer);

CREATE INDEX ${prefix}readings_pool_ix ON ${prefix}readings (pool);
