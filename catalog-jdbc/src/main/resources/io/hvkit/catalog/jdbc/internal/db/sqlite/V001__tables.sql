-- The tables of a catalog. ${prefix} is what their names begin with. Moments are nanoseconds since 1970-01-01T00:00:00Z.

CREATE TABLE ${prefix}schema_version (
    version INTEGER NOT NULL PRIMARY KEY,
    script TEXT NOT NULL
) STRICT;

CREATE TABLE ${prefix}zones (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    CONSTRAINT ${prefix}zones_unique UNIQUE (name)
) STRICT;

CREATE TABLE ${prefix}clusters (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    zone TEXT NOT NULL,
    name TEXT NOT NULL,
    hypervisor_type TEXT NOT NULL,
    policy TEXT NOT NULL,
    CONSTRAINT ${prefix}clusters_unique UNIQUE (zone, name),
    CONSTRAINT ${prefix}clusters_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}clusters_name_ix ON ${prefix}clusters (name);

CREATE TABLE ${prefix}hosts (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    cluster TEXT NOT NULL,
    name TEXT NOT NULL,
    options TEXT NOT NULL,
    standing TEXT NOT NULL,
    dedicated_to TEXT,
    seen_state TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    CONSTRAINT ${prefix}hosts_unique UNIQUE (name),
    CONSTRAINT ${prefix}hosts_cluster_fk FOREIGN KEY (cluster) REFERENCES ${prefix}clusters (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}hosts_cluster_ix ON ${prefix}hosts (cluster);

CREATE TABLE ${prefix}pools (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    zone TEXT NOT NULL,
    cluster TEXT,
    host TEXT,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    options TEXT NOT NULL,
    standing TEXT NOT NULL,
    seen_state TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    CONSTRAINT ${prefix}pools_unique UNIQUE (name),
    CONSTRAINT ${prefix}pools_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}pools_cluster_fk FOREIGN KEY (cluster) REFERENCES ${prefix}clusters (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}pools_host_fk FOREIGN KEY (host) REFERENCES ${prefix}hosts (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}pools_zone_ix ON ${prefix}pools (zone);

CREATE INDEX ${prefix}pools_cluster_ix ON ${prefix}pools (cluster);

CREATE INDEX ${prefix}pools_host_ix ON ${prefix}pools (host);

CREATE TABLE ${prefix}wrapped_keys (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    state TEXT NOT NULL,
    master_key TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;

CREATE INDEX ${prefix}wrapped_keys_state_ix ON ${prefix}wrapped_keys (state);

CREATE INDEX ${prefix}wrapped_keys_master_key_ix ON ${prefix}wrapped_keys (master_key);

CREATE TABLE ${prefix}volumes (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    pool TEXT NOT NULL,
    format TEXT NOT NULL,
    external_driver TEXT,
    external_kind TEXT,
    external_value TEXT,
    external_at INTEGER,
    encryption_format TEXT,
    encryption_attestation TEXT,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    wrapped_key TEXT,
    second_role TEXT,
    second_pool TEXT,
    second_format TEXT,
    second_external_driver TEXT,
    second_external_kind TEXT,
    second_external_value TEXT,
    second_external_at INTEGER,
    second_encryption_format TEXT,
    second_encryption_attestation TEXT,
    second_key TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT ${prefix}volumes_unique UNIQUE (name),
    CONSTRAINT ${prefix}volumes_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}volumes_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}volumes_second_pool_fk FOREIGN KEY (second_pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}volumes_second_key_fk FOREIGN KEY (second_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}volumes_pool_ix ON ${prefix}volumes (pool);

CREATE INDEX ${prefix}volumes_wrapped_key_ix ON ${prefix}volumes (wrapped_key);

CREATE INDEX ${prefix}volumes_second_pool_ix ON ${prefix}volumes (second_pool);

CREATE INDEX ${prefix}volumes_second_key_ix ON ${prefix}volumes (second_key);

CREATE TABLE ${prefix}attachments (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    volume TEXT NOT NULL,
    host TEXT NOT NULL,
    machine TEXT NOT NULL,
    CONSTRAINT ${prefix}attachments_unique UNIQUE (volume, machine),
    CONSTRAINT ${prefix}attachments_volume_fk FOREIGN KEY (volume) REFERENCES ${prefix}volumes (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}attachments_host_fk FOREIGN KEY (host) REFERENCES ${prefix}hosts (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}attachments_host_ix ON ${prefix}attachments (host);

CREATE INDEX ${prefix}attachments_machine_ix ON ${prefix}attachments (machine);

CREATE TABLE ${prefix}snapshots (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    volume TEXT,
    name TEXT NOT NULL,
    wrapped_key TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT ${prefix}snapshots_unique UNIQUE (name),
    CONSTRAINT ${prefix}snapshots_volume_fk FOREIGN KEY (volume) REFERENCES ${prefix}volumes (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}snapshots_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}snapshots_volume_ix ON ${prefix}snapshots (volume);

CREATE INDEX ${prefix}snapshots_wrapped_key_ix ON ${prefix}snapshots (wrapped_key);

CREATE TABLE ${prefix}backups (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    volume TEXT,
    name TEXT NOT NULL,
    wrapped_key TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT ${prefix}backups_unique UNIQUE (name),
    CONSTRAINT ${prefix}backups_volume_fk FOREIGN KEY (volume) REFERENCES ${prefix}volumes (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}backups_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}backups_volume_ix ON ${prefix}backups (volume);

CREATE INDEX ${prefix}backups_wrapped_key_ix ON ${prefix}backups (wrapped_key);

CREATE TABLE ${prefix}templates (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    pool TEXT NOT NULL,
    format TEXT NOT NULL,
    external_driver TEXT,
    external_kind TEXT,
    external_value TEXT,
    external_at INTEGER,
    encryption_format TEXT,
    encryption_attestation TEXT,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    wrapped_key TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT ${prefix}templates_unique UNIQUE (name),
    CONSTRAINT ${prefix}templates_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}templates_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}templates_pool_ix ON ${prefix}templates (pool);

CREATE INDEX ${prefix}templates_wrapped_key_ix ON ${prefix}templates (wrapped_key);

CREATE TABLE ${prefix}operations (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    kind TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request TEXT NOT NULL,
    objects TEXT NOT NULL,
    state TEXT NOT NULL,
    steps TEXT NOT NULL,
    lease_holder TEXT,
    lease_until INTEGER,
    fence INTEGER NOT NULL,
    cancellation TEXT NOT NULL,
    outcome TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    CONSTRAINT ${prefix}operations_unique UNIQUE (idempotency_key)
) STRICT;

CREATE INDEX ${prefix}operations_ended_at_ix ON ${prefix}operations (ended_at);

CREATE TABLE ${prefix}operation_objects (
    object TEXT NOT NULL PRIMARY KEY,
    operation TEXT NOT NULL,
    CONSTRAINT ${prefix}operation_objects_operation_fk FOREIGN KEY (operation) REFERENCES ${prefix}operations (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}operation_objects_operation_ix ON ${prefix}operation_objects (operation);
