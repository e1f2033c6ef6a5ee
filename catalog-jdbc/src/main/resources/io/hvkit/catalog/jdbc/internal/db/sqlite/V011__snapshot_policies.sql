-- When snapshots of a volume are taken by themselves; outlives the volume, whose id it has.
CREATE TABLE ${prefix}snapshot_policies (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    store TEXT NOT NULL,
    terms TEXT NOT NULL,
    CONSTRAINT ${prefix}snapshot_policies_store_fk FOREIGN KEY (store) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}snapshot_policies_store_ix ON ${prefix}snapshot_policies (store);

-- What was taken, or tried, for schedules of a policy; has the id of the snapshot, which need not be there.
CREATE TABLE ${prefix}scheduled_snapshots (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    policy TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    schedules TEXT NOT NULL,
    CONSTRAINT ${prefix}scheduled_snapshots_policy_fk FOREIGN KEY (policy) REFERENCES ${prefix}snapshot_policies (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}scheduled_snapshots_policy_ix ON ${prefix}scheduled_snapshots (policy);
