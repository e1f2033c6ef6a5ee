package io.hvkit.catalog.spi;

/** What an operator decided about a host or a pool. */
public enum Standing {
    /** It takes work. */
    ENABLED,
    /** It is being worked on: what is there stays, and nothing new comes. */
    MAINTENANCE,
    /** It is out of use. */
    DISABLED
}
