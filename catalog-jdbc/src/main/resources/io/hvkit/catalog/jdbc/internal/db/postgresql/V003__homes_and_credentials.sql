-- The pool after which a copy is named, if its storage brought it to another one. No foreign key: that pool may be gone.
ALTER TABLE ${prefix}volumes ADD COLUMN home text;

ALTER TABLE ${prefix}volumes ADD COLUMN second_home text;

ALTER TABLE ${prefix}templates ADD COLUMN home text;

CREATE TABLE ${prefix}credentials (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    host text COLLATE "C",
    pool text COLLATE "C",
    option_name text NOT NULL,
    wrapped_key text COLLATE "C" NOT NULL,
    CONSTRAINT ${prefix}credentials_owner CHECK ((host IS NULL) <> (pool IS NULL)),
    CONSTRAINT ${prefix}credentials_host_fk FOREIGN KEY (host) REFERENCES ${prefix}hosts (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}credentials_pool_fk FOREIGN KEY (pool) REFERENCES ${prefix}pools (id) ON DELETE RESTRICT,
    CONSTRAINT ${prefix}credentials_wrapped_key_fk FOREIGN KEY (wrapped_key) REFERENCES ${prefix}wrapped_keys (id) ON DELETE RESTRICT
);

CREATE INDEX ${prefix}credentials_host_ix ON ${prefix}credentials (host);

CREATE INDEX ${prefix}credentials_pool_ix ON ${prefix}credentials (pool);

CREATE INDEX ${prefix}credentials_wrapped_key_ix ON ${prefix}credentials (wrapped_key);
