-- When snapshots of a volume are taken by themselves; outlives the volume, whose id it has.
CREATE TABLE ${prefix}snapshot_policies (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    store text COLLATE "C" NOT NULL,
    terms text NOT NULL,
    CONSTRAINT ${prefix}snapshot_policies_store_fk FOREIGN KEY (store) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}snapshot_policies_store_ix ON ${prefix}snapshot_policies (store);

-- What was taken, or tried, for schedules of a policy; has the id of the snapshot, which need not be there.
CREATE TABLE ${prefix}scheduled_snapshots (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    policy text COLLATE "C" NOT NULL,
    due_at bigint NOT NULL,
    schedules text NOT NULL,
    CONSTRAINT ${prefix}scheduled_snapshots_policy_fk FOREIGN KEY (policy) REFERENCES ${prefix}snapshot_policies (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}scheduled_snapshots_policy_ix ON ${prefix}scheduled_snapshots (policy);
