-- The pool after which a copy is named, if its storage brought it to another one. No foreign key: that pool may be gone.
ALTER TABLE ${prefix}volumes ADD COLUMN home TEXT;

ALTER TABLE ${prefix}volumes ADD COLUMN second_home TEXT;

ALTER TABLE ${prefix}templates ADD COLUMN home TEXT;

CREATE TABLE ${prefix}credentials (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version > 0),
    host TEXT,
    pool TEXT,
    option_name TEXT NOT NULL,
    wrapped_key TEXT NOT NULL,
    CONSTRAINT ${prefix}credentials_owner CHECK ((host IS NULL) <> (pool IS NULL)),
    CONSTRAINT ${prefix}credentials_host_fk FOREIGN KEY (host) REFERENCES ${prefix}hosts (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}credentials_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}credentials_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
) STRICT;

CREATE INDEX ${prefix}credentials_host_ix ON ${prefix}credentials (host);

CREATE INDEX ${prefix}credentials_pool_ix ON ${prefix}credentials (pool);

CREATE INDEX ${prefix}credentials_wrapped_key_ix ON ${prefix}credentials (wrapped_key);
