-- The tables of a catalog. ${prefix} is what their names begin with. Moments are nanoseconds since 1970-01-01T00:00:00Z.

CREATE TABLE ${prefix}schema_version (
    version bigint NOT NULL PRIMARY KEY,
    script text NOT NULL
);

CREATE TABLE ${prefix}zones (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    name text COLLATE "C" NOT NULL,
    CONSTRAINT ${prefix}zones_unique UNIQUE (name)
);

CREATE TABLE ${prefix}clusters (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    zone text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    hypervisor_type text NOT NULL,
    policy text NOT NULL,
    CONSTRAINT ${prefix}clusters_unique UNIQUE (zone, name),
    CONSTRAINT ${prefix}clusters_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}clusters_name_ix ON ${prefix}clusters (name);

CREATE TABLE ${prefix}hosts (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    cluster text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    options text NOT NULL,
    standing text NOT NULL,
    dedicated_to text,
    seen_state text NOT NULL,
    seen_at bigint NOT NULL,
    CONSTRAINT ${prefix}hosts_unique UNIQUE (name),
    CONSTRAINT ${prefix}hosts_cluster_fk FOREIGN KEY (cluster) REFERENCES ${prefix}clusters (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}hosts_cluster_ix ON ${prefix}hosts (cluster);

CREATE TABLE ${prefix}pools (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    zone text COLLATE "C" NOT NULL,
    cluster text COLLATE "C",
    host text COLLATE "C",
    name text COLLATE "C" NOT NULL,
    type text NOT NULL,
    options text NOT NULL,
    standing text NOT NULL,
    seen_state text NOT NULL,
    seen_at bigint NOT NULL,
    CONSTRAINT ${prefix}pools_unique UNIQUE (name),
    CONSTRAINT ${prefix}pools_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}pools_cluster_fk FOREIGN KEY (cluster) REFERENCES ${prefix}clusters (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}pools_host_fk FOREIGN KEY (host) REFERENCES ${prefix}hosts (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}pools_zone_ix ON ${prefix}pools (zone);

CREATE INDEX ${prefix}pools_cluster_ix ON ${prefix}pools (cluster);

CREATE INDEX ${prefix}pools_host_ix ON ${prefix}pools (host);

CREATE TABLE ${prefix}wrapped_keys (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    state text NOT NULL,
    master_key text COLLATE "C" NOT NULL,
    wrapped bytea NOT NULL,
    created_at bigint NOT NULL,
    retired_at bigint
);

CREATE INDEX ${prefix}wrapped_keys_state_ix ON ${prefix}wrapped_keys (state);

CREATE INDEX ${prefix}wrapped_keys_master_key_ix ON ${prefix}wrapped_keys (master_key);

CREATE TABLE ${prefix}volumes (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    name text COLLATE "C" NOT NULL,
    state text NOT NULL,
    pool text COLLATE "C" NOT NULL,
    format text NOT NULL,
    external_driver text,
    external_kind text,
    external_value text,
    external_at bigint,
    encryption_format text,
    encryption_attestation text,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    wrapped_key text COLLATE "C",
    second_role text,
    second_pool text COLLATE "C",
    second_format text,
    second_external_driver text,
    second_external_kind text,
    second_external_value text,
    second_external_at bigint,
    second_encryption_format text,
    second_encryption_attestation text,
    second_key text COLLATE "C",
    created_at bigint NOT NULL,
    CONSTRAINT ${prefix}volumes_unique UNIQUE (name),
    CONSTRAINT ${prefix}volumes_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}volumes_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}volumes_second_pool_fk FOREIGN KEY (second_pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}volumes_second_key_fk FOREIGN KEY (second_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}volumes_pool_ix ON ${prefix}volumes (pool);

CREATE INDEX ${prefix}volumes_wrapped_key_ix ON ${prefix}volumes (wrapped_key);

CREATE INDEX ${prefix}volumes_second_pool_ix ON ${prefix}volumes (second_pool);

CREATE INDEX ${prefix}volumes_second_key_ix ON ${prefix}volumes (second_key);

CREATE TABLE ${prefix}attachments (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    volume text COLLATE "C" NOT NULL,
    host text COLLATE "C" NOT NULL,
    machine text COLLATE "C" NOT NULL,
    CONSTRAINT ${prefix}attachments_unique UNIQUE (volume, machine),
    CONSTRAINT ${prefix}attachments_volume_fk FOREIGN KEY (volume) REFERENCES ${prefix}volumes (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}attachments_host_fk FOREIGN KEY (host) REFERENCES ${prefix}hosts (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}attachments_host_ix ON ${prefix}attachments (host);

CREATE INDEX ${prefix}attachments_machine_ix ON ${prefix}attachments (machine);

CREATE TABLE ${prefix}snapshots (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    volume text COLLATE "C",
    name text COLLATE "C" NOT NULL,
    wrapped_key text COLLATE "C",
    created_at bigint NOT NULL,
    CONSTRAINT ${prefix}snapshots_unique UNIQUE (name),
    CONSTRAINT ${prefix}snapshots_volume_fk FOREIGN KEY (volume) REFERENCES ${prefix}volumes (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}snapshots_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}snapshots_volume_ix ON ${prefix}snapshots (volume);

CREATE INDEX ${prefix}snapshots_wrapped_key_ix ON ${prefix}snapshots (wrapped_key);

CREATE TABLE ${prefix}backups (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    volume text COLLATE "C",
    name text COLLATE "C" NOT NULL,
    wrapped_key text COLLATE "C",
    created_at bigint NOT NULL,
    CONSTRAINT ${prefix}backups_unique UNIQUE (name),
    CONSTRAINT ${prefix}backups_volume_fk FOREIGN KEY (volume) REFERENCES ${prefix}volumes (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}backups_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}backups_volume_ix ON ${prefix}backups (volume);

CREATE INDEX ${prefix}backups_wrapped_key_ix ON ${prefix}backups (wrapped_key);

CREATE TABLE ${prefix}templates (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    name text COLLATE "C" NOT NULL,
    pool text COLLATE "C" NOT NULL,
    format text NOT NULL,
    external_driver text,
    external_kind text,
    external_value text,
    external_at bigint,
    encryption_format text,
    encryption_attestation text,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    wrapped_key text COLLATE "C",
    created_at bigint NOT NULL,
    CONSTRAINT ${prefix}templates_unique UNIQUE (name),
    CONSTRAINT ${prefix}templates_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}templates_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}templates_pool_ix ON ${prefix}templates (pool);

CREATE INDEX ${prefix}templates_wrapped_key_ix ON ${prefix}templates (wrapped_key);

CREATE TABLE ${prefix}operations (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    kind text NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    request text NOT NULL,
    objects text NOT NULL,
    state text NOT NULL,
    steps text NOT NULL,
    lease_holder text,
    lease_until bigint,
    fence bigint NOT NULL,
    cancellation text NOT NULL,
    outcome text,
    created_at bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT ${prefix}operations_unique UNIQUE (idempotency_key)
);

CREATE INDEX ${prefix}operations_ended_at_ix ON ${prefix}operations (ended_at);

CREATE TABLE ${prefix}operation_objects (
    object text COLLATE "C" NOT NULL PRIMARY KEY,
    operation text COLLATE "C" NOT NULL,
    CONSTRAINT ${prefix}operation_objects_operation_fk FOREIGN KEY (operation) REFERENCES ${prefix}operations (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}operation_objects_operation_ix ON ${prefix}operation_objects (operation);
