-- What operators set, for all or for one zone, cluster or pool.
CREATE TABLE ${prefix}settings (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    name text COLLATE "C" NOT NULL,
    zone text COLLATE "C",
    cluster text COLLATE "C",
    pool text COLLATE "C",
    setting_value text NOT NULL,
    CONSTRAINT ${prefix}settings_zone_fk FOREIGN KEY (zone) REFERENCES ${prefix}zones (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}settings_cluster_fk FOREIGN KEY (cluster) REFERENCES ${prefix}clusters (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}settings_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}settings_name_ix ON ${prefix}settings (name);

CREATE INDEX ${prefix}settings_zone_ix ON ${prefix}settings (zone);

CREATE INDEX ${prefix}settings_cluster_ix ON ${prefix}settings (cluster);

CREATE INDEX ${prefix}settings_pool_ix ON ${prefix}settings (pool);

CREATE TABLE ${prefix}offerings (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    name text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    standing text NOT NULL,
    terms text NOT NULL,
    CONSTRAINT ${prefix}offerings_name_uq UNIQUE (name)
);

CREATE INDEX ${prefix}offerings_kind_ix ON ${prefix}offerings (kind);

-- For whom things are kept, how much there is, and how much there may be.
CREATE TABLE ${prefix}accounts (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    path text COLLATE "C" NOT NULL,
    held text NOT NULL,
    limits text NOT NULL,
    events bigint NOT NULL CHECK (events >= 0),
    CONSTRAINT ${prefix}accounts_path_uq UNIQUE (path)
);

CREATE TABLE ${prefix}holdings (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    thing text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    offering text COLLATE "C",
    standing text NOT NULL,
    counted text NOT NULL,
    CONSTRAINT ${prefix}holdings_thing_uq UNIQUE (thing),
    CONSTRAINT ${prefix}holdings_account_fk FOREIGN KEY (account) REFERENCES ${prefix}accounts (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}holdings_offering_fk FOREIGN KEY (offering) REFERENCES ${prefix}offerings (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}holdings_account_ix ON ${prefix}holdings (account);

CREATE INDEX ${prefix}holdings_offering_ix ON ${prefix}holdings (offering);

-- Each change of what somebody holds, once and for all time. No foreign keys: who and what it tells of may be gone.
CREATE TABLE ${prefix}usage (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    number bigint NOT NULL,
    account text COLLATE "C" NOT NULL,
    thing text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    change text NOT NULL,
    counted text NOT NULL,
    offering text,
    happened_at bigint NOT NULL
);

CREATE INDEX ${prefix}usage_account_ix ON ${prefix}usage (account);

CREATE INDEX ${prefix}usage_thing_ix ON ${prefix}usage (thing);
