CREATE TABLE ${prefix}machines (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    zone TEXT NOT NULL,
    cpus INTEGER NOT NULL CHECK (cpus > 0),
    memory_bytes INTEGER NOT NULL CHECK (memory_bytes >= 0),
    devices TEXT NOT NULL,
    host TEXT,
    target TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT ${prefix}machines_unique UNIQUE (name),
    CONSTRAINT ${prefix}machines_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}machines_host_fk FOREIGN KEY (host) REFERENCES ${prefix}hosts (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}machines_target_fk FOREIGN KEY (target) REFERENCES ${prefix}hosts (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}machines_zone_ix ON ${prefix}machines (zone);

CREATE INDEX ${prefix}machines_host_ix ON ${prefix}machines (host);

CREATE INDEX ${prefix}machines_target_ix ON ${prefix}machines (target);

CREATE TABLE ${prefix}machine_disks (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    machine TEXT NOT NULL,
    volume TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    CONSTRAINT ${prefix}machine_disks_unique UNIQUE (volume),
    CONSTRAINT ${prefix}machine_disks_machine_fk FOREIGN KEY (machine) REFERENCES ${prefix}machines (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}machine_disks_volume_fk FOREIGN KEY (volume) REFERENCES ${prefix}volumes (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}machine_disks_machine_ix ON ${prefix}machine_disks (machine);
