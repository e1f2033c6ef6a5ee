-- What operators set, for all or for one zone, cluster or pool.
CREATE TABLE ${prefix}settings (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    zone TEXT,
    cluster TEXT,
    pool TEXT,
    setting_value TEXT NOT NULL,
    CONSTRAINT ${prefix}settings_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}settings_cluster_fk FOREIGN KEY (cluster) REFERENCES ${prefix}clusters (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}settings_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}settings_name_ix ON ${prefix}settings (name);

CREATE INDEX ${prefix}settings_zone_ix ON ${prefix}settings (zone);

CREATE INDEX ${prefix}settings_cluster_ix ON ${prefix}settings (cluster);

CREATE INDEX ${prefix}settings_pool_ix ON ${prefix}settings (pool);

CREATE TABLE ${prefix}offerings (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    standing TEXT NOT NULL,
    terms TEXT NOT NULL,
    CONSTRAINT ${prefix}offerings_name_uq UNIQUE (name)
) STRICT;

CREATE INDEX ${prefix}offerings_kind_ix ON ${prefix}offerings (kind);

-- For whom things are kept, how much there is, and how much there may be.
CREATE TABLE ${prefix}accounts (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    path TEXT NOT NULL,
    held TEXT NOT NULL,
    limits TEXT NOT NULL,
    events INTEGER NOT NULL CHECK (events >= 0),
    CONSTRAINT ${prefix}accounts_path_uq UNIQUE (path)
) STRICT;

CREATE TABLE ${prefix}holdings (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    thing TEXT NOT NULL,
    account TEXT NOT NULL,
    offering TEXT,
    standing TEXT NOT NULL,
    counted TEXT NOT NULL,
    CONSTRAINT ${prefix}holdings_thing_uq UNIQUE (thing),
    CONSTRAINT ${prefix}holdings_account_fk FOREIGN KEY (account) REFERENCES ${prefix}accounts (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}holdings_offering_fk FOREIGN KEY (offering) REFERENCES ${prefix}offerings (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}holdings_account_ix ON ${prefix}holdings (account);

CREATE INDEX ${prefix}holdings_offering_ix ON ${prefix}holdings (offering);

-- Each change of what somebody holds, once and for all time. No foreign keys: who and what it tells of may be gone.
CREATE TABLE ${prefix}usage (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    number INTEGER NOT NULL,
    account TEXT NOT NULL,
    thing TEXT NOT NULL,
    kind TEXT NOT NULL,
    change TEXT NOT NULL,
    counted TEXT NOT NULL,
    offering TEXT,
    happened_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ${prefix}usage_account_ix ON ${prefix}usage (account);

CREATE INDEX ${prefix}usage_thing_ix ON ${prefix}usage (thing);
