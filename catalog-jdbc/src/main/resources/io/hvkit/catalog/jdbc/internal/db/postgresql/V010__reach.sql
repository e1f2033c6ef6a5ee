-- Pools are found by exactly who reaches them: what a zone has for all, what a cluster has, what one host has.
CREATE INDEX ${prefix}pools_reach_ix ON ${prefix}pools (zone, cluster, host);
