package io.hvkit.catalog.spi;

import java.time.Instant;

/**
 * What something is called where it is: by a driver, an array, a file system.
 *
 * @param driver the id of the type of pool or hypervisor whose word it is
 * @param kind what sort of id it is, such as {@code volume} or {@code path}
 * @param value the id, as opaque as its giver says
 * @param observedAt when it was seen to be so
 */
public record ExternalId(String driver, String kind, String value, Instant observedAt) {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is not {@linkplain Catalog as texts must be}
     */
    public ExternalId {
        Texts.name("the driver of an external id", driver);
        Texts.name("the kind of an external id", kind);
        Texts.text("an external id", value);
    }
}
